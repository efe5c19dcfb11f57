//! Files.
use super::sets;
sets! {
    /// Flags of `open`.
    OPEN bits "O_???" { O_RDONLY = 0 & 3, O_WRONLY = 1 & 3, O_RDWR = 2 & 3, O_CREAT = 0o100 }
    /// Operations of `flock`.
    FLOCK bits "LOCK_???" { LOCK_SH = 1, LOCK_EX = 2, LOCK_NB = 4, LOCK_UN = 8 }
}
