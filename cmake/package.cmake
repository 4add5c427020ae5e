# Debian packages, by CPack: `pdquant`, and `libpdquant-dev` with the library; and the licences of what a static program contains
# (tools/release/linked.tsv). tools/release.sh runs it; dates are those of SOURCE_DATE_EPOCH.
if(NOT PDQUANT_STATIC)
  return()
endif()

file(STRINGS ${PROJECT_SOURCE_DIR}/tools/release/linked.tsv linked)
list(POP_FRONT linked)
foreach(row IN LISTS linked)
  string(REGEX REPLACE "\t.*" "" package "${row}")
  file(REAL_PATH /usr/share/doc/${package}/copyright copyright)
  install(FILES ${copyright} DESTINATION ${PDQUANT_SHARE}/doc/pdquant/licences RENAME ${package} COMPONENT program)
endforeach()

# What Debian asks of each package: a changelog of its own form and the copyright.
string(REPLACE "-" "~" debian_version "${PDQUANT_VERSION}")  # 1.0.0~rc.1 comes before 1.0.0
string(TIMESTAMP date "%a, %d %b %Y %H:%M:%S +0000" UTC)
set(debian ${CMAKE_CURRENT_BINARY_DIR}/debian)
foreach(package pdquant libpdquant-dev)
  set(debian_package ${package})
  configure_file(${PROJECT_SOURCE_DIR}/deploy/debian/changelog.in ${debian}/${package}/changelog @ONLY)
  execute_process(COMMAND gzip -9nf ${debian}/${package}/changelog COMMAND_ERROR_IS_FATAL ANY)
endforeach()
install(FILES ${debian}/pdquant/changelog.gz ${PROJECT_SOURCE_DIR}/deploy/debian/copyright DESTINATION share/doc/pdquant COMPONENT debian)
install(FILES ${PROJECT_SOURCE_DIR}/deploy/debian/lintian-overrides DESTINATION share/lintian/overrides RENAME pdquant COMPONENT debian)
install(FILES ${debian}/libpdquant-dev/changelog.gz ${PROJECT_SOURCE_DIR}/deploy/debian/copyright DESTINATION share/doc/libpdquant-dev
  COMPONENT debian-development)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME pdquant)
set(CPACK_PACKAGE_VENDOR "The maintainers of pdquant")
set(CPACK_PACKAGE_CONTACT "The maintainers of pdquant <maintainers@users.noreply.example.com>")
set(CPACK_STRIP_FILES ON)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_COMPONENTS_ALL program debian development debian-development)
set(CPACK_PRE_BUILD_SCRIPTS ${PROJECT_SOURCE_DIR}/cmake/debian_files.cmake)
set(CPACK_DEBIAN_PACKAGE_VERSION ${debian_version})
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_NAME pdquant)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_SECTION utils)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_NAME libpdquant-dev)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS "libprotobuf-dev, libpugixml-dev, libre2-dev")
set(CPACK_COMPONENT_PROGRAM_DESCRIPTION
  "Rewrites training programs and inference models of PaddlePaddle for
quantization, checks them, shows them and compares them. No Paddle is
needed where it runs.")
set(CPACK_COMPONENT_DEVELOPMENT_DESCRIPTION
  "An archive with its header and its package for CMake: transpiles, checks
and compares programs of PaddlePaddle in process.")
include(CPack)
cpack_add_component_group(program)
cpack_add_component_group(development)
cpack_add_component(program GROUP program)
cpack_add_component(debian GROUP program)
cpack_add_component(development GROUP development)
cpack_add_component(debian-development GROUP development)
