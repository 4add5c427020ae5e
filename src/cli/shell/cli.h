#ifndef PDQUANT_CLI_SHELL_CLI_H_
#define PDQUANT_CLI_SHELL_CLI_H_

namespace pdquant {

// The program `pdquant`: prepares the process, parses the command line, runs the command. Returns the exit code;
// nothing that is thrown gets out. `system_error`, unless null, is set to the errno behind a failure, 0 where there is
// none.
int RunCommandLine(int argc, char** argv, int* system_error = nullptr);

}  // namespace pdquant

#endif  // PDQUANT_CLI_SHELL_CLI_H_
