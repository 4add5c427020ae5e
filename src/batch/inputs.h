// From what the command line names to jobs: files, folders, patterns, lists.
#ifndef PDQUANT_BATCH_INPUTS_H_
#define PDQUANT_BATCH_INPUTS_H_

#include <functional>
#include <string>
#include <vector>

#include "base/status.h"
#include "batch/recipe.h"

namespace pdquant {

// Finds the jobs, always in the same order: as they are named, names in a folder in byte order.
//
// A file, or the prefix of a model, is a job whose output is its name. In a folder those files are taken that are
// called __model__, *.pdmodel or *.pb, and programs of Paddle 3 (*.json, by content); their output is the path below
// the folder. A pattern takes the files that match it; the output is the path below its fixed part. For a command that
// takes models, DIR/__model__ stands for DIR and P.pdmodel for P, and a folder with one of these in it is a model
// itself, which a pattern may match, too. Links to folders are followed where they are named, not where they are found.
// Names with a dot in front are left out, and the output folder.
class InputFinder {
 public:
  using Take = std::function<Status(Job job)>;

  InputFinder(const Recipe& recipe, const std::string& out, Take take);

  // A file, folder or pattern, or "-" for a list on standard input. Errors: kIo where nothing is there; kUsage for a
  // pattern that matches nothing, or a folder without programs; those of `take`.
  Status Find(const std::string& input);
  // A list, "-" for standard input: a path on each line, or an object {"input": …, "output": …, "options": […]}, the
  // last two optional. Blank lines are left out. What isn't there is a job all the same, which fails: a list may be
  // old. Errors: kIo, kUsage.
  Status FindInList(const std::string& list);

 private:
  struct Walk;

  Status FindPath(const std::string& input, bool must_exist);
  Status FindLine(const std::string& line);
  Status FindObject(const std::string& line);
  Status WalkFolder(Walk* walk, const std::string& folder, const std::string& below, const std::vector<size_t>& state);
  Status TakePath(const std::string& path, std::string below);
  Status TakeJob(std::string input, std::string output);
  bool IsOut(const std::string& folder) const;

  const Recipe& recipe_;
  std::string out_;
  Take take_;
  std::vector<std::string> options_;  // of the line of a list that is being read
};

}  // namespace pdquant

#endif  // PDQUANT_BATCH_INPUTS_H_
