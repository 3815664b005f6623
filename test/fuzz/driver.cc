// Drives a libFuzzer entry point without clang: takes seeds, mutates them (bits, bytes, numbers, splices, repeats) and calls the
// target until the time is over. When the process dies, the guilty input lies in ./fuzz-crash.
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace {
constexpr size_t kInputBytesMax = 16 << 10;
const std::string* current = nullptr;

void OnDeath(int signal_number) {
  int fd = open("fuzz-crash", O_WRONLY | O_CREAT | O_TRUNC, 0644);
  if (fd >= 0 && current) (void)!write(fd, current->data(), current->size());
  const char text[] = "the input lies in ./fuzz-crash\n";
  (void)!write(STDERR_FILENO, text, sizeof(text) - 1);
  signal(signal_number, SIG_DFL);
  raise(signal_number);
}

// What decoders of text and of lengths stumble over.
const std::string kWords[] = {"\"", "\\", "\n", "\r\n", "\r\n\r\n", "'", "`", "(", ")", "[", "]", "{", "}", ",", ";", ":", "/*", "*/", "--", "-1", "0", "2147483648", "9223372036854775808", "1e999",
                              "\\u0000", "\\ud800", "\xff", "\xc0\x80", "\xf0\x9f\x98\x80", "null", "NaN", "Content-Length: 5\r\n", "Transfer-Encoding: chunked\r\n", "GET / HTTP/1.1\r\n",
                              "Host: a\r\n", "HTTP/1.1 200 OK\r\n", "ffffffff\r\n", "SELECT ", " FROM ", " AS ", "CAST(", "INTERVAL '1' ", "ROW<", "MAP<", std::string(3, '\0'), std::string(4, '\xff')};

void Mutate(std::string* s, const std::vector<std::string>& seeds, std::mt19937_64& random) {
  auto place = [&] { return s->empty() ? size_t{0} : random() % (s->size() + 1); };
  for (size_t n = 1 + random() % 6; n > 0; --n) {
    switch (random() % 8) {
      case 0: if (!s->empty()) (*s)[random() % s->size()] ^= static_cast<char>(1u << (random() % 8)); break;
      case 1: if (!s->empty()) (*s)[random() % s->size()] = static_cast<char>(random()); break;
      case 2: s->insert(place(), kWords[random() % std::size(kWords)]); break;
      case 3: if (!s->empty()) s->erase(random() % s->size(), 1 + random() % 16); break;
      case 4: s->insert(place(), 1 + random() % 4, static_cast<char>(random())); break;
      case 5: {   // a piece of another seed
        const std::string& other = seeds[random() % seeds.size()];
        if (other.empty()) break;
        size_t at = random() % other.size();
        s->insert(place(), other.substr(at, 1 + random() % 64));
        break;
      }
      case 6: {   // repeat a piece: depth and length
        if (s->empty()) break;
        size_t at = random() % s->size();
        std::string piece = s->substr(at, 1 + random() % 12), many;
        for (size_t k = 1 + random() % 40; k > 0; --k) many += piece;
        s->insert(at, many);
        break;
      }
      default: s->resize(place()); break;
    }
  }
  if (s->size() > kInputBytesMax) s->resize(kInputBytesMax);
}
}  // namespace

int main(int argc, char** argv) {
  double seconds = argc > 1 ? std::atof(argv[1]) : 10;
  std::vector<std::string> seeds = {"", "x"};
  for (int i = 2; i < argc; ++i) {
    std::vector<std::filesystem::path> files;
    if (std::filesystem::is_directory(argv[i])) {
      for (const auto& e : std::filesystem::recursive_directory_iterator(argv[i])) if (e.is_regular_file()) files.push_back(e.path());
    } else {
      files.emplace_back(argv[i]);
    }
    for (const auto& file : files) {
      std::ifstream in(file, std::ios::binary);
      seeds.emplace_back(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
      if (seeds.back().size() > kInputBytesMax) seeds.back().resize(kInputBytesMax);
    }
  }
  for (const std::string& w : kWords) seeds.push_back(w);
  for (int s : {SIGABRT, SIGSEGV, SIGFPE, SIGILL, SIGBUS}) signal(s, OnDeath);
  uint64_t seed = std::random_device{}();
  if (const char* fixed = std::getenv("FUZZ_SEED")) seed = std::strtoull(fixed, nullptr, 10);
  std::mt19937_64 random(seed);
  std::printf("%zu seeds, FUZZ_SEED=%llu\n", seeds.size(), static_cast<unsigned long long>(seed));
  std::fflush(stdout);
  auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
  long inputs = 0;
  std::string input;
  current = &input;
  for (const std::string& s : seeds) {
    input = s;
    LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(input.data()), input.size());
    ++inputs;
  }
  while (inputs % 64 != 0 || std::chrono::steady_clock::now() < end) {
    if (random() % 4 == 0 || input.empty()) input = seeds[random() % seeds.size()];
    Mutate(&input, seeds, random);
    LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(input.data()), input.size());
    ++inputs;
  }
  std::printf("%ld inputs in %.0f s\n", inputs, seconds);
  return 0;
}
