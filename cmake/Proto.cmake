# A gRPC contract as a room: messages and service stubs generated from one .proto file.
#   instanced_proto(instanced_admin_proto admin.proto)
# Include as "api/admin/v1/admin.pb.h" and "api/admin/v1/admin.grpc.pb.h".
find_package(Threads REQUIRED)
find_package(Protobuf REQUIRED)
find_package(gRPC CONFIG REQUIRED)

# What the generator writes, without compiling it: for who reads the headers alone.
add_custom_target(proto_sources)

function(instanced_proto name proto)
  set(source ${CMAKE_CURRENT_SOURCE_DIR}/${proto})
  file(RELATIVE_PATH relative ${PROJECT_SOURCE_DIR} ${source})
  string(REGEX REPLACE "\\.proto$" "" stem ${relative})
  set(root ${PROJECT_BINARY_DIR}/generated)
  set(generated ${root}/${stem}.pb.cc ${root}/${stem}.pb.h
                ${root}/${stem}.grpc.pb.cc ${root}/${stem}.grpc.pb.h)
  file(MAKE_DIRECTORY ${root})
  add_custom_command(
    OUTPUT ${generated}
    COMMAND protobuf::protoc --proto_path=${PROJECT_SOURCE_DIR} --cpp_out=${root}
            --grpc_out=${root} --plugin=protoc-gen-grpc=$<TARGET_FILE:gRPC::grpc_cpp_plugin>
            ${source}
    DEPENDS ${source}
    VERBATIM)
  add_custom_target(${name}_sources DEPENDS ${generated})
  add_dependencies(proto_sources ${name}_sources)
  add_library(${name} STATIC ${generated})
  add_dependencies(${name} ${name}_sources)
  # Generated code follows its generator's habits, not ours.
  target_compile_options(${name} PRIVATE -w)
  target_include_directories(${name} SYSTEM PUBLIC ${root})
  target_link_libraries(${name} PUBLIC gRPC::grpc++ protobuf::libprotobuf)
endfunction()
