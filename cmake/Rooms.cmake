# Compiles several sources of a target as one, so that the headers they share are read once
# (docs/decisions/0034). Sources named after the target are compiled each by itself: those
# whose file-local names are rightly the same as a neighbour's.
function(instanced_together target)
  if(INSTANCED_TOGETHER)
    set_target_properties(${target} PROPERTIES
      UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE ${INSTANCED_TOGETHER})
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
      # g++ takes every file but the one it was given for a header.
      target_compile_options(${target} PRIVATE -Wno-subobject-linkage)
    endif()
    if(ARGN)
      set_source_files_properties(${ARGN} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
    endif()
  endif()
endfunction()

# A room is one static library; its LINKS are all it may include or call.
#   instanced_room(NAME SOURCES a.cc b.cc [APART c.cc] LINKS instanced_clock fmt::fmt)
# With no SOURCES the room is headers only. Those after APART are compiled each by itself.
function(instanced_room name)
  cmake_parse_arguments(ROOM "" "" "SOURCES;APART;LINKS" ${ARGN})
  if(ROOM_SOURCES)
    add_library(${name} STATIC ${ROOM_SOURCES} ${ROOM_APART})
    instanced_together(${name} ${ROOM_APART})
    target_include_directories(${name} PUBLIC ${PROJECT_SOURCE_DIR})
    target_link_libraries(${name} PUBLIC ${ROOM_LINKS})
  else()
    add_library(${name} INTERFACE)
    target_include_directories(${name} INTERFACE ${PROJECT_SOURCE_DIR})
    target_link_libraries(${name} INTERFACE ${ROOM_LINKS})
  endif()
endfunction()

# An installed program, left in bin/ of the build tree.
#   instanced_program(NAME SOURCES main.cc LINKS instanced_daemon)
function(instanced_program name)
  cmake_parse_arguments(PROGRAM "" "" "SOURCES;LINKS" ${ARGN})
  add_executable(${name} ${PROGRAM_SOURCES})
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR})
  target_link_libraries(${name} PRIVATE ${PROGRAM_LINKS})
  install(TARGETS ${name} RUNTIME DESTINATION bin)
endfunction()

# The test programs of label `unit`: what the sanitizer and coverage trees build.
add_custom_target(unit_tests)

# Adds a program with these labels to them, unless this tree's sanitizer has nothing to see in it: the
# thread sanitizer is for the programs of label `threads` alone.
function(instanced_unit_test name)
  if(NOT "unit" IN_LIST ARGN)
    return()
  endif()
  if(INSTANCED_SANITIZE STREQUAL "thread")
    if("threads" IN_LIST ARGN AND NOT "no-tsan" IN_LIST ARGN)
      add_dependencies(unit_tests ${name})
    endif()
  elseif(NOT (INSTANCED_SANITIZE MATCHES "address" AND "no-asan" IN_LIST ARGN))
    add_dependencies(unit_tests ${name})
  endif()
  # What is said to start no thread ends when it does.
  if(NOT INSTANCED_SANITIZE AND NOT "threads" IN_LIST ARGN)
    target_link_libraries(${name} PRIVATE instanced_no_threads)
  endif()
endfunction()

# A test program of one room: one ctest entry per program, labelled for selection.
#   instanced_test(NAME SOURCES a_test.cc b_test.cc [APART c_test.cc] LINKS instanced_workqueue
#                  [LABELS unit] [TIMEOUT 300])
# Labels: unit (the default), integration, e2e, kube, proof (hours; not in `make test`); beside unit
# `threads` for a program that starts threads (what the thread sanitizer runs), and no-asan or no-tsan
# for one whose libraries a sanitizer cannot see into.
function(instanced_test name)
  cmake_parse_arguments(TEST "" "TIMEOUT" "SOURCES;APART;LINKS;LABELS" ${ARGN})
  add_executable(${name} ${TEST_SOURCES} ${TEST_APART})
  instanced_together(${name} ${TEST_APART})
  target_compile_options(${name} PRIVATE ${INSTANCED_TEST_OPTIONS})
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR})
  target_link_libraries(${name} PRIVATE ${TEST_LINKS} GTest::gmock GTest::gtest_main)
  if(NOT TEST_LABELS)
    set(TEST_LABELS unit)
  endif()
  if(NOT TEST_TIMEOUT)
    set(TEST_TIMEOUT 300)
  endif()
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES LABELS "${TEST_LABELS}" TIMEOUT ${TEST_TIMEOUT})
  instanced_unit_test(${name} ${TEST_LABELS})
endfunction()

add_custom_target(fuzzers)

# A fuzz target and its kept corpus, a folder of tests/fuzz/corpus. In the fuzz tree it is a
# libFuzzer program with one short ctest run, in every other tree a unit test that replays the corpus.
#   instanced_fuzz(manifest_fuzz SOURCES manifest_fuzz.cc CORPUS manifest LINKS instanced_manifest
#                  [ALSO golden/manifests] [LABELS threads])
# FUZZ_SECONDS in the environment of the configure step sets the length of a run (default 20).
function(instanced_fuzz name)
  cmake_parse_arguments(FUZZ "" "CORPUS" "SOURCES;LINKS;ALSO;LABELS" ${ARGN})
  set(folders ${CMAKE_CURRENT_SOURCE_DIR}/corpus/${FUZZ_CORPUS})
  foreach(folder IN LISTS FUZZ_ALSO)
    list(APPEND folders ${PROJECT_SOURCE_DIR}/tests/${folder})
  endforeach()
  if(INSTANCED_SANITIZE STREQUAL "fuzzer")
    add_executable(${name} ${FUZZ_SOURCES})
    target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR})
    target_link_libraries(${name} PRIVATE ${FUZZ_LINKS})
    target_link_options(${name} PRIVATE -fsanitize=fuzzer)
    add_dependencies(fuzzers ${name})
    set(seconds 20)
    if(DEFINED ENV{FUZZ_SECONDS})
      set(seconds $ENV{FUZZ_SECONDS})
    endif()
    # New inputs go to the first folder, those that crash beside it.
    set(found ${CMAKE_CURRENT_BINARY_DIR}/${name}-found)
    file(MAKE_DIRECTORY ${found})
    add_test(NAME ${name}
      COMMAND ${name} -max_total_time=${seconds} -timeout=10 -rss_limit_mb=2048 -max_len=4096
              -artifact_prefix=${CMAKE_CURRENT_BINARY_DIR}/ ${found} ${folders})
    set_tests_properties(${name} PROPERTIES LABELS fuzz TIMEOUT 3600)
  else()
    string(REPLACE "_fuzz" "_replay" replay ${name})
    add_executable(${replay} ${FUZZ_SOURCES} ${PROJECT_SOURCE_DIR}/tests/fuzz/replay_main.cc)
    target_include_directories(${replay} PRIVATE ${PROJECT_SOURCE_DIR})
    target_link_libraries(${replay} PRIVATE ${FUZZ_LINKS})
    add_test(NAME ${replay} COMMAND ${replay} ${folders})
    set(labels unit ${FUZZ_LABELS})
    set_tests_properties(${replay} PROPERTIES LABELS "${labels}" TIMEOUT 300)
    instanced_unit_test(${replay} ${labels})
  endif()
endfunction()
