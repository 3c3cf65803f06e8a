#include "tests/unit/tool/core/build_fixture.hpp"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "tool/settings/command_line.hpp"

namespace imgopt {

BuildTest::BuildTest() {
  std::filesystem::create_symlink(IMGOPT_FAKE_WORKER, scratch.path("worker"));
  ::setenv("IMGOPT_WORKER", scratch.path("worker").c_str(), 1);
  ::setenv("XDG_STATE_HOME", scratch.path("state-home").c_str(), 1);
  scratch.make_folder("src");
  scratch.write("worker.salt", "");
}

void BuildTest::add_image(const std::string& name, const std::string& text) const {
  scratch.write("src/" + name, "\x89PNG\r\n\x1a\n" + text);
}

void BuildTest::edit_in_secret(const std::string& name, const std::string& text) const {
  const std::string path = scratch.path("src/" + name);
  const FileStat before = scratch.stat("src/" + name);
  ASSERT_EQ(before.size, text.size() + 8);
  add_image(name, text);
  const Descriptor file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  ASSERT_TRUE(set_times(file.get(), before.mtime_ns, path));
  const FileStat after = scratch.stat("src/" + name);
  ASSERT_EQ(after.inode, before.inode);
  ASSERT_EQ(after.mtime_ns, before.mtime_ns);
}

Result<BuildReport> BuildTest::try_build(const std::vector<std::string>& more,
                                         const std::vector<std::string>& sources) const {
  std::vector<std::string> arguments = {"build"};
  if (sources.empty())
    arguments.push_back(scratch.path("src"));
  arguments.insert(arguments.end(), sources.begin(), sources.end());
  for (const auto& [option, name] :
       {std::pair("--out", "out"), std::pair("--state", "state"), std::pair("--cache-dir", "cache")}) {
    arguments.emplace_back(option);
    arguments.push_back(scratch.path(name));
  }
  arguments.insert(arguments.end(), {"--jobs", "2"});
  arguments.insert(arguments.end(), settings.begin(), settings.end());
  arguments.insert(arguments.end(), more.begin(), more.end());
  std::vector<const char*> pointers;
  pointers.reserve(arguments.size());
  for (const std::string& argument : arguments)
    pointers.push_back(argument.c_str());
  IMGOPT_ASSIGN(const CommandLine command_line, parse_command_line(pointers));
  IMGOPT_ASSIGN(BuildRequest request, make_build_request(command_line));
  StandingPool pool;
  return run_build(request, listeners, pool);
}

BuildReport BuildTest::build(const std::vector<std::string>& more,
                             const std::vector<std::string>& sources) const {
  auto report = try_build(more, sources);
  EXPECT_TRUE(report) << (report ? "" : report.error().message);
  if (!report)
    return {};
  const RunSummary& sum = report->outcome.summary;
  EXPECT_EQ(sum.outputs,
            sum.encoded + sum.restored + sum.up_to_date + sum.deduplicated + sum.failed + sum.would_encode);
  return std::move(*report);
}

std::size_t BuildTest::times_asked() const {
  const std::string text = scratch.read("worker.asked");
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

std::string BuildTest::error_of(const BuildReport& report, const std::string& source) {
  for (const ImageOutcome& image : report.outcome.images)
    if (image.source == source)
      return image.error;
  return "";
}

}  // namespace imgopt
