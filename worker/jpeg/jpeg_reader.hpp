// Reads the coefficients of a JPEG file through libjpeg: the only file here that calls it.
//
// libjpeg reports errors by longjmp; that stays inside jpeg_reader.cpp, in functions whose frames hold
// nothing that has a destructor. Input that is damaged, even where libjpeg would go on with a warning, is
// refused.
#pragma once

#include <cstdint>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "worker/jpeg/jpeg_coefficients.hpp"

namespace imgopt::jpeg {

struct ReadLimits {
  std::uint64_t max_pixels = 1ULL << 30;
  int max_scans = 200;  // a progressive file may ask for a pass over all pixels with every ten bytes
};

// Whether every coefficient of a progressive file was sent to its last bit. Decoders smooth blocks of files
// where that is not so, hence such a file is not the sum of its coefficients.
enum class Completeness { complete, partial };

struct ReadImage {
  CoefficientImage image;
  Completeness completeness = Completeness::complete;
};

// Errors: corrupt_image (damage, named as libjpeg names it), unsupported_image (a property libjpeg or this
// code does not know), limit_exceeded (max_pixels, max_scans, memory).
[[nodiscard]] Result<ReadImage> read_coefficients(ByteView jpeg, const ReadLimits& limits);

// Whether `jpeg` holds exactly `image`, names of components aside. Needs no second copy of the coefficients.
// Errors: as read_coefficients, without limits but memory.
[[nodiscard]] Result<bool> holds_coefficients(ByteView jpeg, const CoefficientImage& image);

}  // namespace imgopt::jpeg
