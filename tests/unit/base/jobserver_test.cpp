#include "base/jobserver.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "scratch_folder.hpp"

namespace imgopt {
namespace {

TEST(ParseMakeflags, FindsWherePipesAndFifosAre) {
  struct Case {
    const char* flags;
    int limit, read_end, write_end;
    const char* fifo;
  };
  for (const Case& c : {
           Case{"", -1, -1, -1, ""},
           Case{"k", -1, -1, -1, ""},
           Case{" -j2 --jobserver-auth=3,4", 2, 3, 4, ""},
           Case{"k -j8 --jobserver-auth=3,4 -- V=1", 8, 3, 4, ""},
           Case{"-j --jobserver-fds=5,6", -1, 5, 6, ""},
           Case{"-j4 --jobserver-auth=fifo:/tmp/GMfifo12", 4, -1, -1, "/tmp/GMfifo12"},
           Case{"--jobserver-auth=fifo:/tmp/a\\ b", -1, -1, -1, "/tmp/a b"},
           Case{"--jobserver-auth=3,4 --jobserver-auth=7,8", -1, 7, 8, ""},
           Case{"--jobserver-auth=fifo:/f --jobserver-auth=7,8", -1, 7, 8, ""},
           Case{"-j2 --jobserver-auth=3,4 --jobserver-auth=-2,-2", 2, -1, -1, ""},
           Case{"--jobserver-auth=3", -1, -1, -1, ""},
           Case{"--jobserver-auth=3,x", -1, -1, -1, ""},
           Case{"-- --jobserver-auth=3,4 -j9", -1, -1, -1, ""},
           Case{"-j0", -1, -1, -1, ""},
       }) {
    const MakeJobs jobs = parse_makeflags(c.flags);
    EXPECT_EQ(jobs.limit ? static_cast<int>(*jobs.limit) : -1, c.limit) << c.flags;
    EXPECT_EQ(jobs.read_end, c.read_end) << c.flags;
    EXPECT_EQ(jobs.write_end, c.write_end) << c.flags;
    EXPECT_EQ(jobs.fifo, c.fifo) << c.flags;
  }
}

TEST(ParseMakeflags, KnowsMakeThatOnlyShows) {
  for (const char* shows : {"n", "kn -j2 --jobserver-auth=3,4", "n -- V=1"})
    EXPECT_TRUE(parse_makeflags(shows).only_shows) << shows;
  for (const char* runs : {"", "k", " -j2 --jobserver-auth=3,4", "--no-print-directory", "name=n", " -- n=1"})
    EXPECT_FALSE(parse_makeflags(runs).only_shows) << runs;
}

// A server with a pipe, as make 4.3 has it.
class PipeServer {
public:
  explicit PipeServer(const std::string& tokens) {
    int ends[2];
    EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    read_end = Descriptor(ends[0]);
    write_end = Descriptor(ends[1]);
    EXPECT_EQ(::write(write_end.get(), tokens.data(), tokens.size()), static_cast<ssize_t>(tokens.size()));
  }
  [[nodiscard]] MakeJobs place() const {
    MakeJobs jobs;
    jobs.read_end = read_end.get();
    jobs.write_end = write_end.get();
    return jobs;
  }
  [[nodiscard]] std::string left() const {
    std::array<char, 64> buffer{};
    pollfd event{read_end.get(), POLLIN, 0};
    if (::poll(&event, 1, 0) <= 0)
      return {};
    return {buffer.data(), static_cast<std::size_t>(::read(read_end.get(), buffer.data(), buffer.size()))};
  }

  Descriptor read_end;
  Descriptor write_end;
};

TEST(Jobserver, TakesWhatTokensThereAreAndNeverWaits) {
  const PipeServer server("ab");
  auto client = Jobserver::connect(server.place());
  ASSERT_TRUE(client);
  EXPECT_TRUE(client->try_acquire());
  EXPECT_TRUE(client->try_acquire());
  EXPECT_FALSE(client->try_acquire());
  EXPECT_EQ(client->held(), 2u);
  client->release(1);
  EXPECT_EQ(server.left(), "b");
}

TEST(Jobserver, GivesTheVeryBytesBackAtItsEnd) {
  const PipeServer server("xyz");
  {
    auto client = Jobserver::connect(server.place());
    ASSERT_TRUE(client);
    while (client->try_acquire()) {
    }
    EXPECT_EQ(server.left(), "");
    const Jobserver moved = std::move(*client);
  }
  std::string left = server.left();
  std::sort(left.begin(), left.end());
  EXPECT_EQ(left, "xyz");
}

TEST(Jobserver, LeavesTheSharedPipeBlocking) {
  const PipeServer server("a");
  const auto client = Jobserver::connect(server.place());
  ASSERT_TRUE(client);
  EXPECT_EQ(::fcntl(server.read_end.get(), F_GETFL) & O_NONBLOCK, 0);
}

TEST(Jobserver, TakesNothingFromDescriptorsThatAreNoPipe) {
  const ScratchFolder scratch;
  const std::string path = scratch.path("file");
  const Descriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  ASSERT_TRUE(file.is_open());
  const PipeServer server("a");
  MakeJobs jobs = server.place();
  jobs.write_end = file.get();
  EXPECT_FALSE(Jobserver::connect(jobs));
  jobs = server.place();
  jobs.read_end = file.get();
  EXPECT_FALSE(Jobserver::connect(jobs));
  jobs.read_end = server.write_end.get();
  jobs.write_end = server.read_end.get();
  EXPECT_FALSE(Jobserver::connect(jobs));
  jobs.read_end = 987;
  EXPECT_FALSE(Jobserver::connect(jobs));
  EXPECT_FALSE(Jobserver::connect({}));
}

TEST(Jobserver, SpeaksWithAFifoAndRefusesAFile) {
  const ScratchFolder scratch;
  const std::string path = scratch.path("fifo");
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  const Descriptor server(::open(path.c_str(), O_RDWR | O_CLOEXEC));
  ASSERT_EQ(::write(server.get(), "+", 1), 1);
  MakeJobs jobs;
  jobs.fifo = path;
  {
    auto client = Jobserver::connect(jobs);
    ASSERT_TRUE(client);
    EXPECT_TRUE(client->try_acquire());
    EXPECT_FALSE(client->try_acquire());
  }
  pollfd event{server.get(), POLLIN, 0};
  EXPECT_EQ(::poll(&event, 1, 0), 1) << "the token was not given back";
  jobs.fifo = scratch.path("file");
  ASSERT_TRUE(write_file(jobs.fifo, "+++"));
  EXPECT_FALSE(Jobserver::connect(jobs));
  jobs.fifo = scratch.path("nowhere");
  EXPECT_FALSE(Jobserver::connect(jobs));
}

}  // namespace
}  // namespace imgopt
