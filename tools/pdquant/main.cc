#include "cli/shell/command_line.h"

int main(int argc, char** argv) { return pdquant::RunCommandLine(argc, argv); }
