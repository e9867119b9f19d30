// SPDX-License-Identifier: MIT
#include "support/kill_sweep.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace shm::test {
namespace {

constexpr std::size_t kMostForAll = 600;

class Run {
 public:
  explicit Run(SweptScene& scene) : scene_(scene), child_([&] { scene.prepare_victim(); }, [&] { scene.act(); }) {
    remember();
  }

  bool step() {
    const bool is_call = child_.is_at_system_call();
    if (!child_.step()) return false;
    ++instructions;
    if (!is_call && std::ranges::equal(scene_.shared(), before_)) return true;
    ++states;
    remember();
    return true;
  }
  void kill() { child_.kill(); }

  std::size_t instructions = 0;
  std::size_t states = 0;

 private:
  void remember() { before_.assign(scene_.shared().begin(), scene_.shared().end()); }

  SweptScene& scene_;
  SteppedChild child_;
  std::vector<std::byte> before_;
};

}  // namespace

Swept sweep(const std::function<std::unique_ptr<SweptScene>()>& make) {
  Swept swept;
  {
    const auto scene = make();
    Run whole(*scene);
    while (whole.step()) {
    }
    swept.instructions = whole.instructions;
    swept.states = whole.states;
  }
  const bool is_all = swept.instructions <= kMostForAll;
  for (std::size_t target = 0;; ++target) {
    const auto scene = make();
    Run run(*scene);
    bool is_there = true;
    while ((is_all ? run.instructions : run.states) < target && is_there) is_there = run.step();
    SCOPED_TRACE(testing::Message() << "killed after " << run.instructions << " instructions, in state " << run.states);
    scene->check_alive();
    run.kill();
    scene->check_dead();
    ++swept.kills;
    if (!is_there || testing::Test::HasFatalFailure()) return swept;
  }
}

}  // namespace shm::test
