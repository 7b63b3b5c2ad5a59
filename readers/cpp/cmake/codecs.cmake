# qmodel_codecs: the libraries of the byte codecs that are switched on. A file that needs another is unsupported.
add_library(qmodel_codecs INTERFACE)

if(QMODEL_WITH_ZLIB)
  find_package(ZLIB REQUIRED)
  target_link_libraries(qmodel_codecs INTERFACE ZLIB::ZLIB)
  target_compile_definitions(qmodel_codecs INTERFACE QMODEL_WITH_ZLIB)
endif()

function(qmodel_codec option header library)
  if(NOT ${option})
    return()
  endif()
  find_path(${option}_INCLUDE ${header} REQUIRED)
  find_library(${option}_LIBRARY ${library} REQUIRED)
  target_include_directories(qmodel_codecs SYSTEM INTERFACE "${${option}_INCLUDE}")
  target_link_libraries(qmodel_codecs INTERFACE "${${option}_LIBRARY}")
  target_compile_definitions(qmodel_codecs INTERFACE ${option})
endfunction()

qmodel_codec(QMODEL_WITH_ZSTD zstd.h zstd)
qmodel_codec(QMODEL_WITH_LZ4 lz4.h lz4)
qmodel_codec(QMODEL_WITH_BROTLI brotli/decode.h brotlidec)
