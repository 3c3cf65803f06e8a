// Jobserver: a client of the job tokens that GNU make, and newer Ninjas, share out among the processes they
// start.
//
// Whoever was started by make may do one thing at a time; each token taken allows one more, and is given
// back. MAKEFLAGS says where the tokens are: a named FIFO, or two descriptors of a pipe, which make closes in
// children of recipes that are no make. Then there may be other files at those numbers, so both are looked at
// before anything is read. Tokens in hand are given back by the destructor, and by the signal handler where a
// second signal ends the process at once (Interrupts).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.hpp"

namespace imgopt {

// What MAKEFLAGS says of jobs.
struct MakeJobs {
  bool only_shows = false;        // make -n, which runs recipes that speak of $(MAKE) all the same
  std::optional<unsigned> limit;  // of -jN; none where it says nothing, or no limit
  int read_end = -1;              // the pipe's, where the tokens are in a pipe
  int write_end = -1;
  std::string fifo;  // the path, where they are in a FIFO
  bool operator==(const MakeJobs&) const = default;
};
// The last word on a matter counts, as in make. Knows --jobserver-auth and, of make before 4.2,
// --jobserver-fds.
[[nodiscard]] MakeJobs parse_makeflags(std::string_view makeflags);
// What the environment of this process says.
[[nodiscard]] MakeJobs make_jobs_of_environment();

class Jobserver {
public:
  // None where there is no jobserver, or none that this process can reach. The descriptors of a pipe stay
  // open and as they are: others share them.
  [[nodiscard]] static std::optional<Jobserver> connect(const MakeJobs& jobs);
  ~Jobserver() { release(held()); }
  Jobserver(Jobserver&&) = default;
  Jobserver& operator=(Jobserver&&) = delete;

  // Takes a token if there is one; never waits.
  [[nodiscard]] bool try_acquire();
  void release(std::size_t count);
  [[nodiscard]] std::size_t held() const { return m_tokens.size(); }
  // Readable when there may be a token, for poll().
  [[nodiscard]] int descriptor() const { return m_read_end.get(); }

private:
  Jobserver(Descriptor read_end, Descriptor write_end)
      : m_read_end(std::move(read_end)), m_write_end(std::move(write_end)) {}
  Descriptor m_read_end;  // a file description of its own, so that its O_NONBLOCK is nobody else's
  Descriptor m_write_end;
  std::vector<char> m_tokens;  // make wants the very bytes back
};

}  // namespace imgopt
