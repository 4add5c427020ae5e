# Where tests, fuzzers and benchmarks find their inputs.
# PDQUANT_TESTDATA: testdata/ in the source tree.
# PDQUANT_CORPUS, PDQUANT_PLAIN, PDQUANT_CONTROL_FLOW, PDQUANT_FREEZE_CORPUS, PDQUANT_PIR_CORPUS: the unpacked transpile, plain, control_flow, freeze and
# pir.tar.xz of testdata/paddle/; a target that reads them depends on the target pdquant_corpus. static, doc_examples, frozen26 and inference lie beside them.

set(PDQUANT_TESTDATA ${PROJECT_SOURCE_DIR}/testdata)
set(unpacked ${PROJECT_BINARY_DIR}/testdata)
set(PDQUANT_CORPUS ${unpacked}/transpile)
set(PDQUANT_PLAIN ${unpacked}/plain)
set(PDQUANT_CONTROL_FLOW ${unpacked}/control_flow)
set(PDQUANT_FREEZE_CORPUS ${unpacked}/freeze)
set(PDQUANT_PIR_CORPUS ${unpacked}/pir)

file(MAKE_DIRECTORY ${unpacked})
set(stamps)
foreach(name transpile plain control_flow freeze static doc_examples pir inference frozen26)
  set(archive ${PDQUANT_TESTDATA}/paddle/${name}.tar.xz)
  set(stamp ${unpacked}/${name}.stamp)
  add_custom_command(
    OUTPUT ${stamp}
    COMMAND ${CMAKE_COMMAND} -E rm -rf ${unpacked}/${name}
    COMMAND ${CMAKE_COMMAND} -E tar xf ${archive}
    COMMAND ${CMAKE_COMMAND} -E touch ${stamp}
    DEPENDS ${archive}
    WORKING_DIRECTORY ${unpacked}
    COMMENT "Unpacking what Paddle made: ${name}"
    VERBATIM)
  list(APPEND stamps ${stamp})
endforeach()
add_custom_target(pdquant_corpus ALL DEPENDS ${stamps})
