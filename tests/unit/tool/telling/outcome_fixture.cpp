#include "outcome_fixture.hpp"

#include <string>

#include "protocol/record_results.hpp"

namespace imgopt {

RunOutcome small_run() {
  RunOutcome run;
  ImageOutcome good;
  good.source = "photos/b.jpg";
  good.bytes = 1000;
  OutputOutcome webp;
  webp.path = "photos/b-64w.webp";
  webp.status = OutputStatus::encoded;
  webp.format = ImageFormat::webp;
  webp.width = 64;
  webp.height = 48;
  webp.bytes = 400;
  webp.score = 81.25;
  webp.notes = bit(OutputNote::profile_converted) | bit(OutputNote::depth_reduced);
  webp.hash.bytes.fill(0xAB);
  webp.cpu_us = 250'000;
  OutputOutcome kept;
  kept.path = "photos/b.jpg";
  kept.status = OutputStatus::restored;
  kept.format = ImageFormat::jpeg;
  kept.width = 640;
  kept.height = 480;
  kept.bytes = 1200;
  kept.larger_than_source = true;
  kept.hash.bytes.fill(0x01);
  good.outputs = {webp, kept};

  ImageOutcome bad;
  bad.source = "a.png";
  bad.status = ImageStatus::failed;
  bad.error = "cannot decode: it ends too early";
  bad.reproduce = "imgopt build a.png";
  bad.bytes = 77;
  OutputOutcome failed;
  failed.path = "a.png";
  failed.status = OutputStatus::failed;
  failed.format = ImageFormat::png;
  failed.error = bad.error;
  bad.outputs = {failed};

  ImageOutcome left_out;
  left_out.source = "notes.svg";
  left_out.status = ImageStatus::skipped;
  left_out.error = "SVG image: not a format that is optimized";
  left_out.bytes = 10;

  run.images = {good, bad, left_out};
  run.is_complete = true;
  run.warnings = {"two builds share a state"};
  run.summary.images = 3;
  run.summary.outputs = 3;
  run.summary.encoded = 1;
  run.summary.restored = 1;
  run.summary.failed = 1;
  run.summary.failed_images = 1;
  run.summary.skipped = 1;
  run.summary.larger_than_source = 1;
  run.summary.removed = 2;
  run.summary.bytes_in = 1087;
  run.summary.bytes_out = 1600;
  run.summary.worker_crashes = 1;
  run.summary.workers = 2;
  run.summary.wall_ms = 1234.5678;
  return run;
}

RunOutcome quiet_run(std::size_t images, std::size_t outputs_each) {
  RunOutcome run;
  for (std::size_t i = 0; i < images; ++i) {
    ImageOutcome image;
    image.source = "folder/image-" + std::to_string(i) + ".png";
    image.bytes = 1000 + i;
    for (std::size_t o = 0; o < outputs_each; ++o) {
      OutputOutcome output;
      output.path = "folder/image-" + std::to_string(i) + "-" + std::to_string(100 * o) + "w.webp";
      output.format = ImageFormat::webp;
      output.width = output.height = 100;
      output.bytes = 500;
      image.outputs.push_back(output);
    }
    run.images.push_back(image);
  }
  run.is_complete = true;
  run.summary.images = images;
  run.summary.outputs = run.summary.up_to_date = images * outputs_each;
  run.summary.bytes_in = 1000 * images;
  run.summary.bytes_out = 500 * images * outputs_each;
  run.summary.wall_ms = 20;
  return run;
}

}  // namespace imgopt
