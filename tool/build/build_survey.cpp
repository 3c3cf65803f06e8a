#include "tool/build/build_survey.hpp"

#include <ctime>
#include <future>
#include <iterator>

#include "base/interrupts.hpp"
#include "base/machine.hpp"
#include "base/stopwatch.hpp"
#include "tool/build/spared_sources.hpp"
#include "tool/build/told_files.hpp"
#include "tool/plan/foresight.hpp"

namespace imgopt {

namespace {

// Raised when the same request begins to mean other outputs: states of older builds are then looked through
// again.
constexpr std::uint64_t k_build_epoch = 1;

class SurveyTaking {
public:
  SurveyTaking(BuildRequest& request, SurveyFor purpose, const SurveyHooks& hooks, BuildSurvey& survey)
      : m_request(request), m_purpose(purpose), m_hooks(hooks), m_survey(survey) {}

  Result<void> run() {
    IMGOPT_TRY(open_state());
    IMGOPT_TRY(open_cache());
    IMGOPT_TRY(scan_and_fingerprint());
    leave_out_outputs_of_others();
    leave_out_told_files(told_files_of(m_request.options, m_request.state), m_survey.scan);
    IMGOPT_TRY(take_folder_configs(m_request, m_survey.scan));
    if (m_hooks.select)
      IMGOPT_TRY(m_hooks.select(m_survey.scan, m_survey.last_state()));
    identify_sources();
    if (Interrupts::pending() != 0)
      return interrupted();
    return prepare();
  }

private:
  [[nodiscard]] bool writes_nothing() const { return m_purpose == SurveyFor::telling; }

  Result<void> open_state() {
    StateIdentity& identity = m_survey.identity;
    if (writes_nothing()) {
      identity.scan_start_ns = wall_clock_ns();
      identity.time_step_ns = 0;
    } else {
      IMGOPT_ASSIGN(StateLock lock, StateLock::take(m_request.state));
      identity.scan_start_ns = lock.now_ns();
      identity.time_step_ns = lock.time_step_ns();
      m_survey.lock.emplace(std::move(lock));
    }
    identity.boot_id = boot_id();
    auto loaded = BuildState::load(m_request.state);
    if (loaded)
      m_survey.state = std::move(*loaded);
    else if (loaded.error().code == ErrorCode::corrupt)
      m_survey.warnings.push_back(m_request.state + ": " + loaded.error().message +
                                  ": everything is looked up by content");
    else
      return tl::unexpected<Error>(std::move(loaded).error());
    return {};
  }

  Result<void> open_cache() {
    if (m_request.cache_folder) {
      const auto access = writes_nothing() || m_request.options.cache == CacheMode::read_only
                              ? CacheAccess::read_only
                              : CacheAccess::read_write;
      auto cache = Cache::open(*m_request.cache_folder, access);
      if (cache) {
        m_survey.cache.emplace(std::move(*cache));
        return {};
      }
      // Nothing to read from is as good as an empty cache; a cache that cannot be written is not.
      if (access == CacheAccess::read_write || cache.error().code != ErrorCode::not_found)
        return tl::unexpected<Error>(std::move(cache).error());
    }
    const bool has_own = m_survey.state && m_survey.state->identity().own_seed != DigestSeed{};
    m_survey.identity.own_seed = has_own ? m_survey.state->identity().own_seed : random_seed();
    m_survey.own_secret.emplace(m_survey.identity.own_seed);
    return {};
  }

  Result<void> scan_and_fingerprint() {
    IMGOPT_ASSIGN(m_survey.worker, find_worker());
    if (m_survey.state)
      m_survey.encoders = remembered_fingerprints(*m_survey.state, m_survey.worker);
    std::future<Result<EncoderFingerprints>> asked;
    if (!m_survey.encoders)
      // Beside the scan; after it where the system has no thread for us.
      asked = std::async(std::launch::async | std::launch::deferred,
                         [this] { return ask_fingerprints(m_survey.worker); });
    auto scanned = scan(m_request.scan);
    if (asked.valid()) {
      m_survey.has_new_encoders = true;
      IMGOPT_ASSIGN(m_survey.encoders, asked.get());
    }
    IMGOPT_ASSIGN(m_survey.scan, std::move(scanned));
    return {};
  }

  void leave_out_outputs_of_others() {
    m_survey.claims = OutputClaims::of_build(m_request.out, m_request.state);
    if (!m_survey.claims)
      return;
    LeftOut left_out = m_survey.claims->leave_out_outputs(m_survey.scan, m_request.scan.sources);
    m_survey.outputs_of_others = left_out.files;
    std::move(left_out.warnings.begin(), left_out.warnings.end(), std::back_inserter(m_survey.warnings));
  }

  Digest128 request_digest() const {
    Hasher hasher(m_survey.secret());
    hasher.update_number(k_build_epoch);
    const std::string text = m_request.resolver->canonical_text();
    hasher.update_number(text.size());
    hasher.update(text);
    const auto& unsupported = m_request.options.unsupported;
    hasher.update_number(unsupported ? 1 + static_cast<std::uint64_t>(*unsupported) : 0);
    hasher.update_number(static_cast<std::uint64_t>(m_request.options.on_encoder_change));
    for (const ImageFormat format : k_all_formats) {
      const FormatEncoder& encoder = m_survey.encoders->of_format(format);
      hasher.update(ByteView(encoder.fingerprint.bytes));
      hasher.update(ByteView(encoder.decoder_fingerprint.bytes));
      hasher.update_number(encoder.abilities);
    }
    return hasher.finish();
  }

  void identify_sources() {
    StateIdentity& identity = m_survey.identity;
    identity.secret_id = m_survey.secret().id();
    identity.request_digest = request_digest();
    m_survey.out.emplace(m_request.out, identity.scan_start_ns);
    if (!writes_nothing())
      m_survey.out->sweep();
    IdentifyInputs inputs;
    inputs.scan = &m_survey.scan;
    inputs.state = m_survey.last_state();
    inputs.secret = &m_survey.secret();
    inputs.out = &*m_survey.out;
    inputs.scan_start_ns = identity.scan_start_ns;
    inputs.time_step_ns = identity.time_step_ns;
    inputs.is_other_boot = m_survey.state && m_survey.state->identity().boot_id != identity.boot_id;
    inputs.threads = available_cores();
    inputs.max_input_size = m_request.options.max_input_size;
    inputs.copies_others = m_request.options.unsupported == UnsupportedPolicy::copy;
    const PrepareInputs preparation = prepare_inputs();
    Foresight foresight(preparation);
    if (m_hooks.work_foreseen)
      inputs.changed = [&](std::size_t s, const IdentifiedSource& source) { foresight.look_at(s, source); };
    inputs.between = [&](std::size_t read, std::size_t total) {
      if (const std::size_t wanted = foresight.workers_of_use(); wanted > 0)
        m_hooks.work_foreseen(m_survey.worker, wanted);
      if (m_hooks.reading)
        m_hooks.reading(read, total);
    };
    m_survey.identified = identify(inputs);
  }

  PrepareInputs prepare_inputs() {
    PrepareInputs inputs;
    inputs.request = &m_request;
    inputs.scan = &m_survey.scan;
    inputs.identified = &m_survey.identified;
    inputs.state = m_survey.last_state();
    inputs.is_same_request = m_survey.is_same_request();
    inputs.encoders = &*m_survey.encoders;
    inputs.secret = &m_survey.secret();
    inputs.cache = m_survey.cache ? &*m_survey.cache : nullptr;
    return inputs;
  }

  Result<void> prepare() {
    IMGOPT_ASSIGN(m_survey.prepared, prepare_work(prepare_inputs()));
    IMGOPT_TRY(check_sources_are_spared(m_survey.scan, m_survey.prepared.works, *m_survey.out));
    m_survey.warnings.insert(m_survey.warnings.end(), m_survey.prepared.warnings.begin(),
                             m_survey.prepared.warnings.end());
    return {};
  }

  BuildRequest& m_request;
  SurveyFor m_purpose;
  const SurveyHooks& m_hooks;
  BuildSurvey& m_survey;
};

}  // namespace

Result<void> take_survey(BuildRequest& request, SurveyFor purpose, const SurveyHooks& hooks,
                         BuildSurvey& survey) {
  return SurveyTaking(request, purpose, hooks, survey).run();
}

}  // namespace imgopt
