# qmodel_proto: the messages of proto/qmodel/v1, made by protoc while building.
find_package(Protobuf 3.21 REQUIRED)

set(schema_root "${QMODEL_REPOSITORY}/proto")
set(generated_root "${CMAKE_CURRENT_BINARY_DIR}/generated")
file(GLOB schemas CONFIGURE_DEPENDS "${schema_root}/qmodel/v1/*.proto")
if(NOT schemas)
  message(FATAL_ERROR "no schema in ${schema_root}/qmodel/v1: set QMODEL_REPOSITORY")
endif()

set(generated_sources)
foreach(schema IN LISTS schemas)
  get_filename_component(stem "${schema}" NAME_WE)
  list(APPEND generated_sources "${generated_root}/qmodel/v1/${stem}.pb.cc")
  list(APPEND generated_headers "${generated_root}/qmodel/v1/${stem}.pb.h")
endforeach()

file(MAKE_DIRECTORY "${generated_root}")
add_custom_command(
  OUTPUT ${generated_sources} ${generated_headers}
  COMMAND protobuf::protoc "--cpp_out=${generated_root}" "-I${schema_root}" ${schemas}
  DEPENDS ${schemas}
  COMMENT "Generating the messages of qmodel.v1")

add_library(qmodel_proto STATIC ${generated_sources})
target_include_directories(qmodel_proto SYSTEM PUBLIC "${generated_root}")
target_link_libraries(qmodel_proto PUBLIC protobuf::libprotobuf Threads::Threads)
