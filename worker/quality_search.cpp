#include "worker/quality_search.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <span>
#include <utility>

#include "protocol/record_results.hpp"
#include "worker/metrics/ssimulacra2.hpp"
#include "worker/verify.hpp"

namespace imgopt {

namespace {

// How much better the one further attempt is after an encoding that could not be verified.
constexpr int k_quality_step = 10;
// A score this little above the target is not worth another encoding: the more were made, the less.
constexpr double k_score_tolerance = 0.3;
constexpr double k_tolerance_growth = 0.1;
// Nor is a file this near to the limit on bytes.
constexpr double k_size_tolerance = 0.97;

// What encodings at a quality are expected to give (score, logarithm of the size), linear between the knots.
// Searches go along it, since it is far from straight.
struct Knot {
  double quality;
  double value;
};
class Expected {
public:
  // Qualities and values of the knots rise.
  explicit Expected(std::span<const Knot> knots) : m_knots(knots) {}

  [[nodiscard]] double value_at(double quality) const {
    const auto [low, high] = around(quality, &Knot::quality);
    return low.value + (quality - low.quality) * (high.value - low.value) / (high.quality - low.quality);
  }
  [[nodiscard]] double quality_for(double value) const {
    const auto [low, high] = around(value, &Knot::value);
    return low.quality + (value - low.value) * (high.quality - low.quality) / (high.value - low.value);
  }

private:
  // The knots on both sides; beyond the ends the last two.
  [[nodiscard]] std::pair<Knot, Knot> around(double wanted, double Knot::*member) const {
    std::size_t i = 1;
    while (i + 1 < m_knots.size() && m_knots[i].*member < wanted)
      ++i;
    return {m_knots[i - 1], m_knots[i]};
  }
  std::span<const Knot> m_knots;
};

// Median scores of 23 photographs at 800 pixels.
constexpr std::array<Knot, 13> k_jpeg_scores{{{0, -90},
                                              {5, -40},
                                              {10, 2},
                                              {20, 40},
                                              {30, 55},
                                              {40, 62},
                                              {50, 67},
                                              {60, 70.5},
                                              {70, 75.5},
                                              {80, 81},
                                              {90, 88},
                                              {95, 92},
                                              {100, 95}}};
// From 75 on libwebp's qualities are steeper.
constexpr std::array<Knot, 9> k_webp_scores{
    {{0, 19}, {5, 28}, {15, 42}, {30, 53}, {45, 62.5}, {60, 68}, {75, 72.2}, {89, 83.6}, {100, 92}}};
// Mean scores of photographs between qualities 50 and 80.
constexpr std::array<Knot, 2> k_avif_scores{{{0, 35}, {100, 100}}};
constexpr std::array<Knot, 2> k_jxl_scores{{{0, 22}, {100, 92}}};
constexpr std::array<Knot, 2> k_other_scores{{{0, 34}, {100, 89}}};

Expected expected_scores(ImageFormat format) {
  switch (format) {
    case ImageFormat::jpeg:
      return Expected(k_jpeg_scores);
    case ImageFormat::avif:
      return Expected(k_avif_scores);
    case ImageFormat::webp:
      return Expected(k_webp_scores);
    case ImageFormat::jxl:
      return Expected(k_jxl_scores);
    default:
      return Expected(k_other_scores);
  }
}

// The logarithm of the size, but for what it is at quality 0.
constexpr std::array<Knot, 2> k_log_sizes{{{0, 0}, {100, 2.8}}};

// One quality tried.
struct Trial {
  int quality = 0;  // in steps of the search
  Encoding encoding;
  std::uint32_t frames = 1;
  double score = 0;  // where the search asks for scores
  [[nodiscard]] double log_size() const { return std::log(static_cast<double>(encoding.data.size())); }
};

// Closes in on the quality whose value (score, size) is `wanted`, from what the tried ones gave: by regula
// falsi with the Illinois rule (Dowell and Jarratt 1971) once the wanted value lies between two trials, by
// extrapolation before, both along what is expected.
class Bracket {
public:
  // `fine`: steps to one of quality.
  Bracket(double wanted, const Expected& expected, int fine)
      : m_wanted(wanted), m_expected(expected), m_fine(fine), m_high{100 * fine + 1} {}

  // A quality whose value is below the wanted one, or above it.
  void add_low(int quality, double value) { add(m_low, m_high, quality, value); }
  void add_high(int quality, double value) { add(m_high, m_low, quality, value); }
  [[nodiscard]] bool is_closed() const { return m_high.quality - m_low.quality <= 1; }
  // Whether both ends were tried and the quality lies between them.
  [[nodiscard]] bool is_closed_around(int quality) const {
    return m_low.tried && m_high.tried && m_low.quality < quality && quality <= m_high.quality;
  }
  // Whether all that was tried lies below `quality` and is too little.
  [[nodiscard]] bool is_all_below(int quality) const {
    return m_low.tried && !m_high.tried && m_low.quality < quality;
  }
  // Begins anew below the upper end: what was tried there no longer counts.
  void forget_low() {
    m_low = {0};
    m_newest = &m_high;
  }

  // The quality to try next, strictly between the two.
  [[nodiscard]] int next() const {
    double expected = (expected_at(m_low.quality) + expected_at(m_high.quality)) / 2;
    if (m_low.tried && m_high.tried && m_high.value > m_low.value)
      expected = expected_at(m_low.quality) + (m_wanted - m_low.value) / (m_high.value - m_low.value) *
                                                  (expected_at(m_high.quality) - expected_at(m_low.quality));
    else if (m_low.tried != m_high.tried)
      expected = m_low.tried ? expected_at(m_low.quality) + (m_wanted - m_low.value) / m_slope * k_reach
                             : expected_at(m_high.quality) - (m_high.value - m_wanted) / m_slope * k_reach;
    const double guess = m_expected.quality_for(expected) * m_fine;
    const int rounded = static_cast<int>(std::lround(std::clamp(guess, 0.0, m_high.quality * 1.0)));
    return std::clamp(rounded, m_low.quality + 1, m_high.quality - 1);
  }

private:
  // Extrapolation goes a little beyond, so as to have the wanted value between two trials.
  static constexpr double k_reach = 1.15;
  struct End {
    int quality;
    double value = 0;
    bool tried = false;
  };
  void add(End& end, End& other, int quality, double value) {
    if (end.tried && quality != end.quality)
      m_slope = std::clamp((value - end.value) / (expected_at(quality) - expected_at(end.quality)),
                           m_slope / 3, m_slope * 3);
    if (m_newest == &end && other.tried)
      other.value = m_wanted + (other.value - m_wanted) / 2;
    end = {quality, value, true};
    m_newest = &end;
  }
  [[nodiscard]] double expected_at(int step) const { return m_expected.value_at(step * 1.0 / m_fine); }
  double m_wanted;
  Expected m_expected;
  int m_fine;
  double m_slope = 1;  // what is found to change where a change of one is expected
  End m_low{0};
  End m_high;
  const End* m_newest = nullptr;
};

// Whether the encoder takes a quality between two whole ones, which may be more than a point apart.
bool knows_tenths(const OutputSettings& settings) {
  return settings.format == ImageFormat::jpeg ||
         (settings.format == ImageFormat::webp && settings.quality_mode != Quality::near_lossless);
}

class QualitySearch {
public:
  QualitySearch(const Picture& picture, const OutputSettings& settings)
      : m_picture(picture), m_request(settings), m_fine(knows_tenths(settings) ? 10 : 1) {}

  Result<FoundEncoding> run() {
    const OutputSettings& settings = m_request.settings;
    const bool lossy = m_request.lossless == Lossless::no;
    IMGOPT_ASSIGN(Trial found,
                  lossy && settings.quality_mode == Quality::target ? for_score() : at_fixed_quality());
    const bool too_large = settings.max_bytes != 0 && found.encoding.data.size() > settings.max_bytes;
    if (too_large && found.encoding.fidelity == Fidelity::approximate) {
      IMGOPT_ASSIGN(found, for_size(std::move(found)));
    }
    FoundEncoding result;
    result.encoding = std::move(found.encoding);
    result.frames = found.frames;
    result.notes = m_notes | result.encoding.notes;
    result.encodings = m_encodings;
    result.score = m_reference ? static_cast<std::int32_t>(std::lround(found.score * 1000)) : k_no_score;
    return result;
  }

private:
  [[nodiscard]] int steps(int quality) const { return quality * m_fine; }

  Result<Trial> attempt(int step) {
    ++m_encodings;
    m_request.quality = std::max(1, step / m_fine);
    m_request.tenths = step >= m_fine ? step % m_fine : 0;
    Trial trial;
    trial.quality = step;
    IMGOPT_ASSIGN(trial.encoding, encode_picture(m_picture, m_request));
    IMGOPT_ASSIGN(const VerifiedPicture decoded, verify_encoding(trial.encoding, m_picture, m_request));
    trial.frames = decoded.frames;
    if (m_reference) {
      IMGOPT_ASSIGN(trial.score, m_reference->score(decoded.picture.view()));
    }
    return trial;
  }

  Result<Trial> at_fixed_quality() {
    const int quality = m_request.settings.quality;
    Result<Trial> made = attempt(steps(quality));
    if (!made && made.error().code == ErrorCode::internal && m_request.lossless == Lossless::no) {
      m_notes |= bit(OutputNote::quality_raised);
      return attempt(steps(std::min(100, quality + k_quality_step)));
    }
    return made;
  }

  // The smallest file tried whose score reaches the target; where none does, the best score.
  Result<Trial> for_score() {
    IMGOPT_ASSIGN(m_reference, Ssimulacra2Reference::create(m_picture.view()));
    const double target = m_request.settings.target_score / 100.0;
    // The middle of what is good enough: of two scores as far off, only the higher one is of use.
    const double wanted = target + k_score_tolerance / 2;
    const Expected expected = expected_scores(m_request.settings.format);
    Bracket bracket(wanted, expected, m_fine);
    std::optional<Trial> reached;
    std::optional<Trial> nearest;
    int quality = static_cast<int>(std::lround(std::clamp(expected.quality_for(wanted), 5.0, 98.0) * m_fine));
    while (m_encodings < k_most_encodings && !bracket.is_closed()) {
      const bool is_last_chance = !reached && m_encodings + 1 == k_most_encodings;
      IMGOPT_ASSIGN(Trial trial, attempt(is_last_chance ? steps(100) : quality));
      if (trial.encoding.fidelity == Fidelity::exact)
        return trial;
      const double score = trial.score;
      if (score >= target) {
        bracket.add_high(trial.quality, score);
        const bool is_best = !reached || trial.encoding.data.size() <= reached->encoding.data.size();
        if (is_best)
          reached = std::move(trial);
        if (score <= target + k_score_tolerance + k_tolerance_growth * (m_encodings - 1))
          break;
      } else {
        bracket.add_low(trial.quality, score);
        if (!nearest || score > nearest->score)
          nearest = std::move(trial);
      }
      if (bracket.is_closed_around(full_chroma_from())) {
        // Full chroma starts with a leap: below it, it may do at a lower quality.
        m_request.settings.subsampling = ChromaSubsampling::s444;
        bracket.forget_low();
      }
      if (bracket.is_closed())
        break;
      quality = bracket.next();
      // A leap over the limit would leave its halved side unknown.
      if (bracket.is_all_below(full_chroma_from() - 1))
        quality = std::min(quality, full_chroma_from() - 1);
    }
    return reached ? std::move(*reached) : miss(std::move(*nearest));
  }

  // The step from which on an encoder that has the choice takes full chroma (WebP: halves it with care);
  // beyond all where it has none.
  [[nodiscard]] int full_chroma_from() const {
    const ImageFormat format = m_request.settings.format;
    const bool has_choice =
        format == ImageFormat::jpeg || format == ImageFormat::webp || format == ImageFormat::avif;
    EncodeRequest low = m_request;
    low.quality = 1;
    const bool chooses = has_choice && resolve_subsampling(low) != ChromaSubsampling::s444;
    return chooses ? steps(k_full_chroma_quality) : steps(100) + 1;
  }

  // Where the palette of a PNG falls short, the format still has its lossless form.
  Result<Trial> miss(Trial nearest) {
    if (m_request.settings.format == ImageFormat::png) {
      m_request.lossless = Lossless::yes;
      return attempt(steps(100));
    }
    m_notes |= bit(OutputNote::target_missed);
    return nearest;
  }

  // The highest quality tried whose file fits into max_bytes; where none does, the smallest file.
  Result<Trial> for_size(Trial too_large) {
    const std::uint64_t most = m_request.settings.max_bytes;
    // Aims a little below: a file just too large is of no use.
    const double wanted = std::log(static_cast<double>(most) * (1 + k_size_tolerance) / 2);
    Bracket bracket(wanted, Expected(k_log_sizes), m_fine);
    bracket.add_high(too_large.quality, too_large.log_size());
    Trial smallest = std::move(too_large);
    std::optional<Trial> fitting;
    const std::uint32_t last = m_encodings + k_most_encodings - 1;
    while (m_encodings < last && !bracket.is_closed()) {
      const bool is_last_chance = !fitting && m_encodings + 1 == last;
      IMGOPT_ASSIGN(Trial trial, attempt(is_last_chance ? steps(1) : bracket.next()));
      const std::size_t size = trial.encoding.data.size();
      if (size <= most) {
        bracket.add_low(trial.quality, trial.log_size());
        fitting = std::move(trial);
        if (static_cast<double>(size) >= k_size_tolerance * static_cast<double>(most))
          break;
      } else {
        bracket.add_high(trial.quality, trial.log_size());
        if (size < smallest.encoding.data.size())
          smallest = std::move(trial);
      }
    }
    const double target = m_request.settings.target_score / 100.0;
    if (!fitting || (m_reference && fitting->score < target))
      m_notes |= bit(OutputNote::target_missed);
    return fitting ? std::move(*fitting) : std::move(smallest);
  }

  const Picture& m_picture;
  EncodeRequest m_request;
  int m_fine;                                       // steps of the search to one of quality
  std::optional<Ssimulacra2Reference> m_reference;  // set where scores are asked for
  std::uint32_t m_encodings = 0;
  std::uint32_t m_notes = 0;
};

}  // namespace

Result<FoundEncoding> find_encoding(const Picture& picture, const OutputSettings& settings) {
  return QualitySearch(picture, settings).run();
}

}  // namespace imgopt
