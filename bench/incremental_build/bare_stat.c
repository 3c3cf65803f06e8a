// The least that a run in which nothing changed can do: reads the folders below SOURCES, stats every file in
// them and its output below OUTPUTS, whose name ends in .webp. One thread, no state, no decision.
//   bare_stat SOURCES OUTPUTS
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static unsigned long files, outputs;

static void walk(int sources, int outs) {
  DIR* folder = fdopendir(sources);
  if (folder == NULL)
    return;
  const struct dirent* entry;
  while ((entry = readdir(folder)) != NULL) {
    if (entry->d_name[0] == '.')
      continue;
    struct stat status;
    if (fstatat(sources, entry->d_name, &status, 0) != 0)
      continue;
    if (S_ISDIR(status.st_mode)) {
      const int below = openat(sources, entry->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
      const int made = openat(outs, entry->d_name, O_PATH | O_DIRECTORY | O_CLOEXEC);
      walk(below, made);
      if (made >= 0)
        close(made);
      continue;
    }
    ++files;
    char name[512];
    const char* dot = strrchr(entry->d_name, '.');
    const size_t stem = dot == NULL ? strlen(entry->d_name) : (size_t)(dot - entry->d_name);
    if (stem + 6 > sizeof(name))
      continue;
    memcpy(name, entry->d_name, stem);
    memcpy(name + stem, ".webp", 6);
    if (fstatat(outs, name, &status, AT_SYMLINK_NOFOLLOW) == 0)
      ++outputs;
  }
  closedir(folder);
}

int main(int count, char** words) {
  if (count != 3)
    return 2;
  const int sources = open(words[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const int outs = open(words[2], O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (sources < 0 || outs < 0)
    return 4;
  walk(sources, outs);
  printf("%lu %lu\n", files, outputs);
  return 0;
}
