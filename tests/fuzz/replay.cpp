// Runs a fuzz target without libFuzzer.
//
//   imgopt_fuzz_NAME_replay [FILE | FOLDER]...    the generated corpus, its cuts and mutations, and all these
//   files imgopt_fuzz_NAME_replay --write-corpus DIR    writes the corpus to DIR/seeds and its words to
//   DIR/words.dict
//
// A finding ends the process by a signal, after the input at hand has been named.
#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "tests/fuzz/fuzz_target.hpp"

namespace imgopt::fuzz {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t k_cuts_per_seed = 16;
// The same in every run: a number of runs and no time, so that a finding comes again.
constexpr std::size_t k_mutations = 2000;
constexpr std::uint64_t k_mutation_seed = 1;

std::string g_running;  // what a finding is reported with

void run(const std::string& name, ByteView bytes) {
  g_running = name;
  // In a block of its own size, or the address sanitizer would miss a step beyond its end.
  const AlignedCopy input(bytes);
  LLVMFuzzerTestOneInput(input.view().data(), input.view().size());
}

void run_corpus(const Corpus& corpus) {
  for (const Seed& seed : corpus.seeds) {
    run(seed.name, seed.bytes);
    for (std::size_t i = 0; i < k_cuts_per_seed; ++i) {
      const std::size_t length = seed.bytes.size() * i / k_cuts_per_seed;
      run(seed.name + " cut to " + std::to_string(length), ByteView(seed.bytes).first(length));
    }
  }
}

// Bytes and words changed, put in, repeated and left out, and two seeds joined.
Bytes mutated(const Corpus& corpus, std::mt19937_64& draw) {
  const auto below = [&draw](std::size_t end) {
    return end == 0 ? 0 : static_cast<std::size_t>(draw() % end);
  };
  Bytes bytes = corpus.seeds[below(corpus.seeds.size())].bytes;
  const auto at = [&](std::size_t place) { return bytes.begin() + static_cast<std::ptrdiff_t>(place); };
  for (std::size_t changes = 1 + below(4); changes > 0; --changes) {
    switch (below(6)) {
      case 0:
        if (!bytes.empty())
          bytes[below(bytes.size())] ^= static_cast<std::uint8_t>(1u << below(8));
        break;
      case 1:
        if (!bytes.empty())
          bytes[below(bytes.size())] = static_cast<std::uint8_t>(draw());
        break;
      case 2:
        if (!corpus.words.empty()) {
          const std::string& word = corpus.words[below(corpus.words.size())];
          bytes.insert(at(below(bytes.size() + 1)), word.begin(), word.end());
        }
        break;
      case 3:
        if (!bytes.empty()) {
          const std::size_t begin = below(bytes.size());
          const Bytes piece(at(begin), at(begin + below(bytes.size() - begin + 1)));
          bytes.insert(at(below(bytes.size() + 1)), piece.begin(), piece.end());
        }
        break;
      case 4:
        if (!bytes.empty()) {
          const std::size_t begin = below(bytes.size());
          bytes.erase(at(begin), at(begin + 1 + below(std::min<std::size_t>(8, bytes.size() - begin))));
        }
        break;
      default: {
        const Bytes& other = corpus.seeds[below(corpus.seeds.size())].bytes;
        bytes.resize(below(bytes.size() + 1));
        bytes.insert(bytes.end(), other.begin() + static_cast<std::ptrdiff_t>(below(other.size() + 1)),
                     other.end());
      }
    }
  }
  return bytes;
}

void run_mutations(const Corpus& corpus) {
  std::mt19937_64 draw(k_mutation_seed);
  for (std::size_t i = 0; i < k_mutations; ++i)
    run("mutation " + std::to_string(i), mutated(corpus, draw));
}

// Returns whether the file could be read.
bool run_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  const Bytes bytes{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (!file) {
    std::fprintf(stderr, "%s: cannot be read\n", path.c_str());
    return false;
  }
  run(path.string(), bytes);
  return true;
}

std::vector<fs::path> files_at(const fs::path& path) {
  if (!fs::is_directory(path))
    return {path};
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(path))
    if (entry.is_regular_file())
      files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

// A line of libFuzzer's dictionary: a quoted string with hexadecimal escapes.
std::string dictionary_line(const std::string& word) {
  std::string line = "\"";
  for (const char character : word) {
    std::array<char, 5> escaped{};
    std::snprintf(escaped.data(), escaped.size(), "\\x%02x",
                  static_cast<unsigned>(static_cast<std::uint8_t>(character)));
    line += escaped.data();
  }
  return line + "\"\n";
}

bool write_corpus(const Corpus& corpus, const fs::path& folder) {
  fs::create_directories(folder / "seeds");
  bool is_written = true;
  const auto write = [&](const fs::path& path, const char* data, std::size_t size) {
    std::ofstream file(path, std::ios::binary);
    file.write(data, static_cast<std::streamsize>(size));
    is_written = is_written && file.flush().good();
  };
  for (const Seed& seed : corpus.seeds)
    write(folder / "seeds" / seed.name, reinterpret_cast<const char*>(seed.bytes.data()), seed.bytes.size());
  std::string words;
  for (const std::string& word : corpus.words)
    words += dictionary_line(word);
  write(folder / "words.dict", words.data(), words.size());
  return is_written;
}

extern "C" void name_running_input(int signal) {
  std::fprintf(stderr, "signal %d while running %s\n", signal, g_running.c_str());
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

int main_of(const std::vector<std::string>& arguments) {
  const Corpus corpus = make_corpus();
  if (arguments.size() == 2 && arguments[0] == "--write-corpus")
    return write_corpus(corpus, arguments[1]) ? 0 : 1;
  std::signal(SIGABRT, name_running_input);
  run_corpus(corpus);
  run_mutations(corpus);
  bool is_complete = true;
  for (const std::string& argument : arguments)
    for (const fs::path& path : files_at(argument))
      is_complete = run_file(path) && is_complete;
  return is_complete ? 0 : 1;
}

}  // namespace
}  // namespace imgopt::fuzz

int main(int count, char** arguments) {
  return imgopt::fuzz::main_of({arguments + 1, arguments + count});
}
