# What all targets of this project are compiled with. Link qmodel_options PRIVATE.
find_package(Threads REQUIRED)

add_library(qmodel_options INTERFACE)
target_compile_options(qmodel_options INTERFACE -Wall -Wextra -Wconversion -Wshadow -Werror)

# A result is rounded after each operation, as spec/encodings says: no fused multiply-add unless asked for by name.
add_compile_options(-ffp-contract=off)

# Times in precompiled headers would keep ccache from finding them again.
if(QMODEL_PRECOMPILE_HEADERS AND CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  add_compile_options("SHELL:-Xclang -fno-pch-timestamp")
endif()

if(QMODEL_SANITIZE)
  add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer -g1)
  add_link_options(-fsanitize=address,undefined)
endif()

option(QMODEL_BUILD_FUZZERS "Build the fuzz targets, with clang and libFuzzer" OFF)
if(QMODEL_BUILD_FUZZERS)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
