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
  # A fifth of a test's compile time would go into optimising what runs once.
  target_compile_options(${name} PRIVATE -O1)
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

# A fuzz target and its kept corpus, a folder of tests/fuzz/corpus. In the fuzz tree it is a
# libFuzzer program with one short ctest run, in every other tree a unit test that replays the corpus.
#   instanced_fuzz(manifest_fuzz SOURCES manifest_fuzz.cc CORPUS manifest LINKS instanced_manifest
#                  [ALSO golden/manifests])
# FUZZ_SECONDS in the environment of the configure step sets the length of a run (default 20).
function(instanced_fuzz name)
  cmake_parse_arguments(FUZZ "" "CORPUS" "SOURCES;LINKS;ALSO" ${ARGN})
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
    set_tests_properties(${replay} PROPERTIES LABELS unit TIMEOUT 300)
    add_dependencies(unit_tests ${replay})
  endif()
endfunction()
