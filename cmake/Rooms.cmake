# A room is one static library; its LINKS are all it may include or call.
#   instanced_room(NAME SOURCES a.cc b.cc LINKS instanced_clock fmt::fmt)
# With no SOURCES the room is headers only.
function(instanced_room name)
  cmake_parse_arguments(ROOM "" "" "SOURCES;LINKS" ${ARGN})
  if(ROOM_SOURCES)
    add_library(${name} STATIC ${ROOM_SOURCES})
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

# A test program of one room: one ctest entry per program, labelled for selection.
#   instanced_test(NAME SOURCES a_test.cc LINKS instanced_workqueue [LABELS unit] [TIMEOUT 300])
# Labels: unit (the default), integration, e2e, proof (hours; not in `make test`), and beside unit
# no-asan or no-tsan for a program whose libraries a sanitizer cannot see into.
function(instanced_test name)
  cmake_parse_arguments(TEST "" "TIMEOUT" "SOURCES;LINKS;LABELS" ${ARGN})
  add_executable(${name} ${TEST_SOURCES})
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
  if("unit" IN_LIST TEST_LABELS)
    add_dependencies(unit_tests ${name})
  endif()
endfunction()

add_custom_target(fuzzers)

# A libFuzzer program, built in the fuzz tree only, one short ctest run over its corpus.
#   instanced_fuzz(NAME SOURCES a_fuzz.cc LINKS instanced_manifest [CORPUS corpus/a])
# FUZZ_SECONDS in the environment of the configure step sets the length of a run (default 20).
function(instanced_fuzz name)
  if(NOT INSTANCED_SANITIZE STREQUAL "fuzzer")
    return()
  endif()
  cmake_parse_arguments(FUZZ "" "CORPUS" "SOURCES;LINKS" ${ARGN})
  add_executable(${name} ${FUZZ_SOURCES})
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR})
  target_link_libraries(${name} PRIVATE ${FUZZ_LINKS})
  target_link_options(${name} PRIVATE -fsanitize=fuzzer)
  add_dependencies(fuzzers ${name})
  set(seconds 20)
  if(DEFINED ENV{FUZZ_SECONDS})
    set(seconds $ENV{FUZZ_SECONDS})
  endif()
  set(found ${CMAKE_CURRENT_BINARY_DIR}/${name}-found)
  file(MAKE_DIRECTORY ${found})
  set(folders ${found})
  if(FUZZ_CORPUS)
    list(APPEND folders ${CMAKE_CURRENT_SOURCE_DIR}/${FUZZ_CORPUS})
  endif()
  add_test(NAME ${name}
    COMMAND ${name} -max_total_time=${seconds} -timeout=10 -rss_limit_mb=2048 ${folders})
  set_tests_properties(${name} PROPERTIES LABELS fuzz)
endfunction()

add_custom_target(benchmarks)

# A benchmark program; `make bench` builds all of them and runs tests/bench/run.sh.
#   instanced_bench(NAME SOURCES a_bench.cc LINKS instanced_workqueue benchmark::benchmark)
function(instanced_bench name)
  cmake_parse_arguments(BENCH "" "" "SOURCES;LINKS" ${ARGN})
  add_executable(${name} EXCLUDE_FROM_ALL ${BENCH_SOURCES})
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR})
  target_link_libraries(${name} PRIVATE ${BENCH_LINKS})
  add_dependencies(benchmarks ${name})
endfunction()
