# Language level, warnings, hardening, sanitizers and the compiler cache: the same for every target.
set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
# A package found by one room can be linked by any other.
set(CMAKE_FIND_PACKAGE_TARGETS_GLOBAL ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)

# "", "address,undefined", "thread", or "fuzzer" (clang: address, undefined and libFuzzer).
set(INSTANCED_SANITIZE "" CACHE STRING "Sanitizers of this build tree")
# Off where each source has to compile by itself: for clang's tools, and for who edits all day.
set(INSTANCED_TOGETHER 8 CACHE STRING "How many sources of a target are compiled as one; 0: each alone")
option(INSTANCED_COVERAGE "Count executed lines for gcovr" OFF)

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()
# No -g: debug information of a hundred test programs costs more disk and link time than it helps.
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")

find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_C_COMPILER_LAUNCHER ${CCACHE})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()

add_compile_options(-Wall -Wextra -Wshadow -Wnon-virtual-dtor -Werror)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # g++ 12 reports these inside its own <expected>, <variant> and coroutine frames.
  add_compile_options(-Wno-maybe-uninitialized -Wno-restrict -Wno-dangling-pointer)
else()
  # clang takes the newest libstdc++ it can find; ours is the compiler's own, of g++ 12.
  file(GLOB gcc_dirs LIST_DIRECTORIES true /usr/lib/gcc/${CMAKE_SYSTEM_PROCESSOR}-linux-gnu/12)
  if(gcc_dirs)
    list(GET gcc_dirs 0 gcc_dir)
    add_compile_options(--gcc-install-dir=${gcc_dir})
    add_link_options(--gcc-install-dir=${gcc_dir})
  endif()
  # libstdc++'s own algorithms use what it calls deprecated.
  add_compile_options(-Wno-deprecated-declarations)
endif()

if(INSTANCED_SANITIZE STREQUAL "fuzzer")
  set(sanitizers -fsanitize=fuzzer-no-link,address,undefined)
  set(sanitizer_link -fsanitize=address,undefined)
elseif(INSTANCED_SANITIZE)
  set(sanitizers -fsanitize=${INSTANCED_SANITIZE})
  set(sanitizer_link ${sanitizers})
endif()

# What a test's own files are compiled with: a fifth of the time would go into optimising what runs
# once.
set(INSTANCED_TEST_OPTIONS -O1)
if(sanitizers)
  add_compile_options(${sanitizers} -fno-sanitize-recover=all -fno-omit-frame-pointer -g1)
  add_link_options(${sanitizer_link})
  # Half of a sanitizer build's time goes into optimising the checks.
  set(CMAKE_CXX_FLAGS_RELEASE "-Og")
  set(INSTANCED_TEST_OPTIONS -O0)
  if(INSTANCED_SANITIZE MATCHES "undefined" AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # A quarter goes into these two: a null pointer faults under the address sanitizer as well, and
    # no raw bytes are read as wider types.
    add_compile_options(-fno-sanitize=null,alignment)
    list(APPEND INSTANCED_TEST_OPTIONS -fno-sanitize=object-size,vptr)
  endif()
  if(INSTANCED_SANITIZE MATCHES "undefined")
    # Its library's own types are not known outside of it.
    set(INSTANCED_CPPREST_OPTIONS -fno-sanitize=vptr)
  endif()
  if(INSTANCED_SANITIZE STREQUAL "thread" AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # Asio has fences, which the sanitizer does not follow; its queues have mutexes as well.
    add_compile_options(-Wno-tsan)
  endif()
elseif(INSTANCED_COVERAGE)
  add_compile_options(--coverage -g1)
  add_link_options(--coverage)
  set(CMAKE_CXX_FLAGS_RELEASE "-O0")
else()
  include(Hardening)
endif()
