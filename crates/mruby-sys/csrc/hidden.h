/* Included before every unit of the freestanding build. Symbols of libc become hidden as well, so
 * that nothing goes through a GOT: GNU ld can't relax such references for an image that lies above
 * 2 GiB. Nothing compiled with this can be linked to a shared libc. */
#pragma GCC visibility push(hidden)
