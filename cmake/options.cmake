# pdquant_library(NAME SOURCES ... LINK ...): a library of ours, a folder of src/.
# pdquant_options(TARGET): warnings as errors and sanitizers, for every target that we wrote.
function(pdquant_options target)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wnon-virtual-dtor
                                           -Wold-style-cast -Woverloaded-virtual -Wnull-dereference -Werror)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    target_compile_options(${target} PRIVATE -Wno-restrict)  # GCC 12 warns of its own std::string (GCC bug 105651)
  endif()
endfunction()

function(pdquant_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK" ${ARGN})
  add_library(pdquant_${name} STATIC ${ARG_SOURCES})
  target_include_directories(pdquant_${name} PUBLIC ${PROJECT_SOURCE_DIR}/src)
  target_link_libraries(pdquant_${name} PUBLIC ${ARG_LINK})
  pdquant_options(pdquant_${name})
endfunction()

if(PDQUANT_SANITIZE)
  add_compile_options(-fsanitize=${PDQUANT_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer -g)
  add_link_options(-fsanitize=${PDQUANT_SANITIZE})
else()
  add_link_options(-static-libstdc++ -static-libgcc)
endif()
