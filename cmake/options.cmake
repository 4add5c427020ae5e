# pdquant_options(TARGET): warnings as errors, for every target that we wrote.
# pdquant_precompiled_headers(NAME HEADER ...): headers of others, parsed once for the targets that reuse them.
# pdquant_reuse_headers(TARGET NAME): TARGET is compiled with those headers included in front, and with the public options of NAME.
function(pdquant_options target)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wnon-virtual-dtor
                                           -Wold-style-cast -Woverloaded-virtual -Wnull-dereference -Werror)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # GCC 12 warns of its own std::string (GCC bug 105651), with precompiled headers under two more names; Clang looks for the same faults.
    target_compile_options(${target} PRIVATE -Wno-restrict -Wno-array-bounds -Wno-stringop-overflow)
  endif()
endfunction()

# Most of the time of a build goes into parsing the headers of others. A file that forgets one of its includes compiles all the same with
# precompiled headers; the preset `release` and .ci/nightly build without them.
function(pdquant_precompiled_headers name)
  file(CONFIGURE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/${name}.cc CONTENT "")
  add_library(${name} OBJECT ${CMAKE_CURRENT_BINARY_DIR}/${name}.cc)
  pdquant_options(${name})  # warnings define macros
  if(PDQUANT_PRECOMPILE_HEADERS)
    target_precompile_headers(${name} PRIVATE ${ARGN})
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")  # for ccache
      target_compile_options(${name} PUBLIC -fpch-preprocess)
    else()
      target_compile_options(${name} PUBLIC "SHELL:-Xclang -fno-pch-timestamp")
    endif()
  endif()
endfunction()

function(pdquant_reuse_headers target name)
  target_compile_options(${target} PRIVATE $<TARGET_PROPERTY:${name},INTERFACE_COMPILE_OPTIONS>)
  if(PDQUANT_PRECOMPILE_HEADERS)
    target_precompile_headers(${target} REUSE_FROM ${name})
  endif()
endfunction()

if(PDQUANT_SANITIZE)
  add_compile_options(-fsanitize=${PDQUANT_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${PDQUANT_SANITIZE})
elseif(PDQUANT_STATIC)
  # At a fixed address: there is nothing to relocate when it starts. What is compiled stays fit for other programs, which are not.
  # GCC's start of static programs registers the tables of exceptions one by one, and the first exception then sorts them all, which takes
  # longer than the rest of a run of --version; without the two functions, it is the index in the file that is searched.
  add_link_options(-static -no-pie -Wl,--eh-frame-hdr -Wl,--wrap=__register_frame_info -Wl,--wrap=__deregister_frame_info)
else()
  add_link_options(-static-libstdc++ -static-libgcc)
endif()
