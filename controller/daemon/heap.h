// The process heap: what a burst of work took goes back to the system.
//
// glibc keeps freed memory between what is still in use, for good; and every thread that allocates
// has an arena of its own. A daemon that fills ten thousand objects once and then rests would hold
// the burst's memory for its whole life. See docs/decisions/0011-heap-and-waves.md.
// Threads: any.
#pragma once

namespace instanced {

// Once, before there are threads: all but a few of them share an arena.
void BoundHeapArenas();
// Some milliseconds of work for each 100 MB of heap. Now and then.
void ReturnFreeMemory();

}  // namespace instanced
