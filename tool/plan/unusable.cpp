#include "tool/plan/unusable.hpp"

namespace imgopt {

std::string_view unusable_because(ContentKind kind) {
  switch (kind) {
    case ContentKind::lfs_pointer:
      return "it is a Git LFS pointer, not the image: run git lfs pull";
    case ContentKind::empty:
      return "it is empty";
    case ContentKind::other_image:
      return "it is of a format that is not optimized";
    default:
      return "it is no image that is known";
  }
}

}  // namespace imgopt
