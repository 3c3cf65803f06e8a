#include "base/jobserver.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdlib>

#include "base/interrupts.hpp"

namespace imgopt {

namespace {

template <typename Number>
std::optional<Number> number_of(std::string_view text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size())
    return std::nullopt;
  return number;
}

// Words end at spaces; make writes a backslash before a space of the path itself.
std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words(1);
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size())
      words.back() += text[++i];
    else if (text[i] == ' ')
      words.emplace_back();
    else
      words.back() += text[i];
  }
  return words;
}

void read_place(std::string_view place, MakeJobs& jobs) {
  constexpr std::string_view k_fifo = "fifo:";
  jobs.fifo.clear();
  jobs.read_end = jobs.write_end = -1;
  if (place.substr(0, k_fifo.size()) == k_fifo) {
    jobs.fifo = place.substr(k_fifo.size());
    return;
  }
  const std::size_t comma = place.find(',');
  if (comma == std::string_view::npos)
    return;
  const auto read_end = number_of<int>(place.substr(0, comma));
  const auto write_end = number_of<int>(place.substr(comma + 1));
  if (read_end && write_end && *read_end >= 0 && *write_end >= 0) {
    jobs.read_end = *read_end;
    jobs.write_end = *write_end;
  }
}

bool is_fifo(int fd) {
  struct stat status {};
  return ::fstat(fd, &status) == 0 && S_ISFIFO(status.st_mode);
}

bool may(int fd, int access) {
  const int flags = ::fcntl(fd, F_GETFL);
  return flags >= 0 && ((flags & O_ACCMODE) == access || (flags & O_ACCMODE) == O_RDWR);
}

}  // namespace

MakeJobs parse_makeflags(std::string_view makeflags) {
  MakeJobs jobs;
  const std::vector<std::string> words = words_of(makeflags);
  // The first word holds the flags of one letter, without a dash.
  if (words.front().find_first_of("-=") == std::string::npos)
    jobs.only_shows = words.front().find('n') != std::string::npos;
  for (const std::string& word : words) {
    // What follows are variables of the command line.
    if (word == "--")
      break;
    for (const std::string_view key : {"--jobserver-auth=", "--jobserver-fds="})
      if (word.compare(0, key.size(), key) == 0)
        read_place(std::string_view(word).substr(key.size()), jobs);
    if (word.compare(0, 2, "-j") == 0)
      jobs.limit = number_of<unsigned>(std::string_view(word).substr(2));
  }
  if (jobs.limit == 0u)
    jobs.limit.reset();
  return jobs;
}

MakeJobs make_jobs_of_environment() {
  const char* makeflags = std::getenv("MAKEFLAGS");
  return makeflags == nullptr ? MakeJobs{} : parse_makeflags(makeflags);
}

std::optional<Jobserver> Jobserver::connect(const MakeJobs& jobs) {
  if (!jobs.fifo.empty()) {
    struct stat status {};
    if (::stat(jobs.fifo.c_str(), &status) != 0 || !S_ISFIFO(status.st_mode))
      return std::nullopt;
    // For both, so that neither end waits for a partner, and none is ever seen as closed.
    Descriptor both(::open(jobs.fifo.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC));
    if (!both.is_open() || !is_fifo(both.get()))
      return std::nullopt;
    Descriptor write_end(::fcntl(both.get(), F_DUPFD_CLOEXEC, 3));
    if (!write_end.is_open())
      return std::nullopt;
    return Jobserver(std::move(both), std::move(write_end));
  }
  if (jobs.read_end < 0 || !is_fifo(jobs.read_end) || !is_fifo(jobs.write_end) ||
      !may(jobs.read_end, O_RDONLY) || !may(jobs.write_end, O_WRONLY))
    return std::nullopt;
  // O_NONBLOCK belongs to the open file, which make and its other children share; so the pipe is opened anew.
  const std::string again = "/proc/self/fd/" + std::to_string(jobs.read_end);
  Descriptor read_end(::open(again.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  Descriptor write_end(::fcntl(jobs.write_end, F_DUPFD_CLOEXEC, 3));
  if (!read_end.is_open() || !write_end.is_open())
    return std::nullopt;
  return Jobserver(std::move(read_end), std::move(write_end));
}

bool Jobserver::try_acquire() {
  char token = 0;
  ssize_t got;
  while ((got = ::read(m_read_end.get(), &token, 1)) < 0 && errno == EINTR) {
  }
  if (got != 1)
    return false;
  m_tokens.push_back(token);
  Interrupts::owe_token(m_write_end.get(), token);
  return true;
}

void Jobserver::release(std::size_t count) {
  for (count = std::min(count, m_tokens.size()); count > 0; --count) {
    const char token = m_tokens.back();
    m_tokens.pop_back();
    Interrupts::settle_token();
    while (::write(m_write_end.get(), &token, 1) < 0 && errno == EINTR) {
    }
  }
}

}  // namespace imgopt
