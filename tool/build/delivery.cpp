#include "tool/build/delivery.hpp"

#include <algorithm>

namespace imgopt {

Result<Written> FolderDelivery::deliver(const SourceWork&, OutputWork& output, ByteView content) {
  output.bytes = content.size();
  // Most probably nothing stands there, where no build has put anything or it is gone.
  if (!output.has_stood) {
    IMGOPT_ASSIGN(const auto created, m_folder.create(output.path, content));
    if (created) {
      output.stat = *created;
      return Written::yes;
    }
  }
  IMGOPT_ASSIGN(const auto standing, m_folder.stat(output.path));
  if (standing && standing->size == content.size()) {
    const auto present = m_folder.read(output.path, content.size());
    if (present && std::equal(present->begin(), present->end(), content.begin(), content.end())) {
      output.stat = *standing;
      return Written::unchanged;
    }
  }
  IMGOPT_ASSIGN(output.stat, m_folder.write(output.path, content));
  return Written::yes;
}

Result<Bytes> FolderDelivery::read(const SourceWork&, const OutputWork& output) {
  return m_folder.read(output.path, output.bytes);
}

}  // namespace imgopt
