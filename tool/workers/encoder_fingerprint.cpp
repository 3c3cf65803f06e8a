#include "tool/workers/encoder_fingerprint.hpp"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/child_process.hpp"
#include "tool/workers/worker_process.hpp"

namespace imgopt {

namespace {

using nlohmann::json;

constexpr std::size_t k_max_answer_bytes = 1u << 20;

std::optional<Digest128> digest_from_hex(const std::string& text) {
  Digest128 digest;
  if (text.size() < 2 * digest.bytes.size())
    return std::nullopt;
  for (std::size_t i = 0; i < digest.bytes.size(); ++i) {
    char* end = nullptr;
    const std::string pair = text.substr(2 * i, 2);
    digest.bytes[i] = static_cast<std::uint8_t>(std::strtoul(pair.c_str(), &end, 16));
    if (end != pair.c_str() + 2)
      return std::nullopt;
  }
  return digest;
}

Result<EncoderFingerprints> read_answer(const std::string& worker, const std::string& text) {
  const auto nonsense = [&](const std::string& what) {
    return fail(ErrorCode::io, worker + ": cannot read its fingerprint: " + what);
  };
  EncoderFingerprints found;
  try {
    const json answer = json::parse(text);
    for (const auto& [name, encoder] : answer.at("formats").items()) {
      const auto format = format_from_name(name);
      if (!format)
        return nonsense("unknown format " + name);
      const auto digest = digest_from_hex(encoder.at("digest").get<std::string>());
      const auto decoder = digest_from_hex(encoder.at("decode_digest").get<std::string>());
      if (!digest || !decoder)
        return nonsense("a digest that is none");
      FormatEncoder& slot = found.of[static_cast<std::size_t>(*format)];
      slot.fingerprint = *digest;
      slot.decoder_fingerprint = *decoder;
      slot.description = encoder.at("description").get<std::string>();
      if (encoder.at("loads").get<bool>())
        slot.abilities |= static_cast<std::uint32_t>(EncoderAbility::loads);
      if (encoder.at("saves").get<bool>())
        slot.abilities |= static_cast<std::uint32_t>(EncoderAbility::saves);
    }
    for (const json& object : answer.at("objects")) {
      const auto path = object.get<std::string>();
      const auto status = stat_file(path);
      if (status && *status)
        found.objects.push_back({path, (*status)->stat});
    }
  } catch (const json::exception& error) {
    return nonsense(error.what());
  }
  return found;
}

bool is_program(const std::string& path) {
  return ::access(path.c_str(), X_OK) == 0;
}

}  // namespace

Result<std::string> find_worker() {
  if (const char* named = std::getenv("IMGOPT_WORKER"); named != nullptr && *named != '\0') {
    if (is_program(named))
      return std::string(named);
    return fail(ErrorCode::io,
                std::string(named) + ": IMGOPT_WORKER names it, but it is no program that can run");
  }
  std::string own(4096, '\0');
  const ssize_t length = ::readlink("/proc/self/exe", own.data(), own.size());
  if (length <= 0)
    return fail(ErrorCode::io,
                "imgopt-worker: cannot find it: /proc is not there; set IMGOPT_WORKER to its path");
  own.resize(static_cast<std::size_t>(length));
  const std::string folder = own.substr(0, own.find_last_of('/'));
  for (const char* place : {"/imgopt-worker", "/../libexec/imgopt/imgopt-worker", "/../worker/imgopt-worker"})
    if (const std::string path = folder + place; is_program(path))
      return std::filesystem::path(path).lexically_normal().string();
  return fail(ErrorCode::io, "imgopt-worker: cannot find it beside " + own +
                                 " or in ../libexec/imgopt; set IMGOPT_WORKER to its path");
}

Result<EncoderFingerprints> ask_fingerprints(const std::string& worker) {
  ChildSetup setup;
  setup.program = worker;
  setup.arguments = {"--fingerprint"};
  setup.environment = worker_environment();
  IMGOPT_ASSIGN(const ProgramOutput output, run_program(setup, k_max_answer_bytes));
  if (!output.status.is_success())
    return fail(ErrorCode::io, worker + ": cannot run: " + output.status.describe());
  IMGOPT_ASSIGN(EncoderFingerprints found, read_answer(worker, output.standard_output));
  // The worker itself counts whatever it says of its objects.
  IMGOPT_ASSIGN(const auto own, stat_file(worker));
  if (own)
    found.objects.push_back({worker, own->stat});
  return found;
}

std::optional<EncoderFingerprints> remembered_fingerprints(const BuildState& state,
                                                           const std::string& worker) {
  if (state.objects().empty() || state.encoders().empty())
    return std::nullopt;
  EncoderFingerprints found;
  bool has_worker = false;
  for (const StateObject& object : state.objects()) {
    std::string path(state.text(object.path));
    const auto status = stat_file(path);
    if (!status || !*status || (*status)->stat != object.stat)
      return std::nullopt;
    has_worker = has_worker || path == worker;
    found.objects.push_back({std::move(path), object.stat});
  }
  if (!has_worker)
    return std::nullopt;
  for (const StateEncoder& encoder : state.encoders()) {
    FormatEncoder& slot = found.of[encoder.format];
    slot.fingerprint = encoder.fingerprint;
    slot.decoder_fingerprint = encoder.decoder_fingerprint;
    slot.abilities = encoder.abilities;
    slot.description = state.text(encoder.description);
  }
  return found;
}

}  // namespace imgopt
