// Works in more goroutines than there are threads, with loops that only a signal preempts, pipes that
// block, timers, and a garbage collection in between; prints a sum.
package main

import (
	"fmt"
	"os"
	"runtime"
	"sync"
	"time"
)

func work(n int) (sum int) {
	for i := 0; i < 3000000; i++ {
		sum += i % (n + 1)
	}
	return
}

func main() {
	runtime.GOMAXPROCS(4)
	var group sync.WaitGroup
	sums := make([]int, 16)
	for n := range sums {
		group.Add(1)
		go func(n int) {
			defer group.Done()
			read, write, _ := os.Pipe()
			go func() {
				time.Sleep(time.Duration(n) * time.Millisecond)
				fmt.Fprint(write, "x")
				write.Close()
			}()
			buffer := make([]byte, 10)
			got, _ := read.Read(buffer)
			runtime.GC()
			sums[n] = work(n) + got
		}(n)
	}
	group.Wait()
	total := 0
	for _, sum := range sums {
		total += sum
	}
	fmt.Println(total)
}
