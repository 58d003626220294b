// Linked into every unit test that is not labelled `threads`: the thread sanitizer does not run
// those, so one that starts a thread ends here.
#include <pthread.h>

#include <cstdio>
#include <cstdlib>

extern "C" int pthread_create(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*) noexcept {
  std::fputs("this test starts a thread: give it the label `threads` in its CMakeLists.txt\n",
             stderr);
  std::_Exit(1);
}
