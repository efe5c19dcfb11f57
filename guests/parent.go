// Prints its parent's pid: Go makes its system calls itself, without a C library.
package main

import (
	"fmt"
	"os"
)

func main() { fmt.Println(os.Getppid()) }
