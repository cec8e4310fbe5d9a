// C++ Taskflow: the graph is built once, and run by an executor that stays.
//
//     g++ -O2 -std=c++20 -pthread taskflow.cpp -o taskflow
//     taskflow dag.json <workers> <warm ms>
#include <sys/resource.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <mutex>
#include <string>
#include <vector>

#include <taskflow/taskflow.hpp>

using Clock = std::chrono::steady_clock;

static constexpr int kCpuSteps = 18'000'000;

static std::mutex lock;
static long counter = 0;
static volatile int32_t sink;

static void noop() {}

static void cpu() {
  uint32_t x = 1;
  for (int i = 0; i < kCpuSteps; i++) x = x * 1103515245u + 12345u;
  sink = static_cast<int32_t>(x);
}

static void count() {
  std::lock_guard<std::mutex> guard(lock);
  counter++;
}

static double since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

// The file is ours: `{"kind":"noop","after":[[],[0],[0,1]]}` without spaces.
static std::vector<std::vector<int>> rows(const std::string& text) {
  std::vector<std::vector<int>> all;
  size_t at = text.find("\"after\":[") + 9;
  while (text[at] == '[') {
    std::vector<int> row;
    for (at++; text[at] != ']';) {
      char* end;
      row.push_back(static_cast<int>(std::strtol(&text[at], &end, 10)));
      at = end - text.data();
      if (text[at] == ',') at++;
    }
    all.push_back(std::move(row));
    if (text[++at] == ',') at++;
  }
  return all;
}

int main(int, char** args) {
  std::ifstream file(args[1]);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const auto after = rows(text);
  const bool counts = text.find("\"kind\":\"counter\"") != std::string::npos;
  const bool works = text.find("\"kind\":\"cpu\"") != std::string::npos;
  void (*work)() = counts ? count : works ? cpu : noop;
  const double for_ms = std::stod(args[3]);

  const auto begin = Clock::now();
  tf::Executor executor(std::stoul(args[2]));
  tf::Taskflow flow;
  std::vector<tf::Task> tasks;
  tasks.reserve(after.size());
  for (size_t id = 0; id < after.size(); id++) tasks.push_back(flow.emplace([work] { work(); }));
  for (size_t id = 0; id < after.size(); id++) {
    for (int before : after[id]) tasks[before].precede(tasks[id]);
  }
  executor.run(flow).wait();
  const double cold = since(begin);

  std::vector<double> warm;
  const auto warm_begin = Clock::now();
  while (since(warm_begin) < for_ms) {
    const auto start = Clock::now();
    executor.run(flow).wait();
    warm.push_back(since(start));
  }
  const long expected = counts ? static_cast<long>(after.size() * (1 + warm.size())) : 0;
  if (counter != expected) {
    std::fprintf(stderr, "Counted %ld instead of %ld\n", counter, expected);
    return 1;
  }
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  std::printf("{\"coldMs\":%.4f,\"peakMiB\":%.1f,\"warmMs\":[", cold, usage.ru_maxrss / 1024.0);
  for (size_t i = 0; i < warm.size(); i++) std::printf("%s%.4f", i ? "," : "", warm[i]);
  std::printf("]}\n");
}
