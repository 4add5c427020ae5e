# The target pdquant::re2. Debian's libre2-dev has no CMake file; its archive keeps the start-up short.
find_path(PDQUANT_RE2_INCLUDES re2/re2.h REQUIRED)
find_library(PDQUANT_RE2 NAMES libre2.a re2 REQUIRED)
find_package(Threads REQUIRED)
if(NOT TARGET pdquant::re2)
  add_library(pdquant::re2 UNKNOWN IMPORTED GLOBAL)
  set_target_properties(pdquant::re2 PROPERTIES IMPORTED_LOCATION ${PDQUANT_RE2} INTERFACE_INCLUDE_DIRECTORIES ${PDQUANT_RE2_INCLUDES}
    INTERFACE_LINK_LIBRARIES Threads::Threads)
endif()
