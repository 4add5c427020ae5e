#ifndef PDQUANT_CLI_SHELL_CLI_H_
#define PDQUANT_CLI_SHELL_CLI_H_

namespace pdquant {

// The program `pdquant`: prepares the process, parses the command line, runs the command. Returns the exit code;
// nothing that is thrown gets out.
int RunCommandLine(int argc, char** argv);

}  // namespace pdquant

#endif  // PDQUANT_CLI_SHELL_CLI_H_
