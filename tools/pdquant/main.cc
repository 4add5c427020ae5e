#include "cli/shell/cli.h"

int main(int argc, char** argv) { return pdquant::RunCommandLine(argc, argv); }
