# find_package(pdquant): the target pdquant::pdquant, an archive with the header pdquant/pdquant.h.
include(CMakeFindDependencyMacro)
set(Protobuf_USE_STATIC_LIBS ON)
find_dependency(Protobuf)
find_dependency(pugixml)
include(${CMAKE_CURRENT_LIST_DIR}/re2.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/pdquantTargets.cmake)
