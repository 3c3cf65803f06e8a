// A program in the worker's place that prints what a test wants, named to the tool by IMGOPT_WORKER.
#pragma once

#include <string>

namespace imgopt {

class FakeWorker {
public:
  // `script` is what /bin/sh runs; the worker's arguments are its parameters.
  explicit FakeWorker(const std::string& script);
  ~FakeWorker();
  FakeWorker(const FakeWorker&) = delete;
  FakeWorker& operator=(const FakeWorker&) = delete;

  // A folder of the test's own, gone with the object.
  [[nodiscard]] const std::string& folder() const { return m_folder; }

private:
  std::string m_folder;
};

}  // namespace imgopt
