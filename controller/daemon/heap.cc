#include "controller/daemon/heap.h"

#include <malloc.h>

namespace instanced {
namespace {

constexpr int kArenasMax = 2;  // the loop's, and one for all other threads

}  // namespace

void BoundHeapArenas() { ::mallopt(M_ARENA_MAX, kArenasMax); }

void ReturnFreeMemory() { ::malloc_trim(0); }

}  // namespace instanced
