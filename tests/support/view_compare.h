// What pdquant's reader says of a program against what protobuf's own parser says.
#ifndef PDQUANT_TESTS_SUPPORT_VIEW_COMPARE_H_
#define PDQUANT_TESTS_SUPPORT_VIEW_COMPARE_H_

#include <string>

#include "ir/index.h"
#include "ir/program.h"
#include "pdquant/framework.pb.h"

namespace pdquant::testing {

// The first thing in which the program's table, its views or the index differ from the message that protobuf parsed
// from the same bytes; empty where they agree in all.
std::string DifferenceFromProtobuf(const Program& program, const Index& index, const proto::ProgramDesc& message);

}  // namespace pdquant::testing

#endif  // PDQUANT_TESTS_SUPPORT_VIEW_COMPARE_H_
