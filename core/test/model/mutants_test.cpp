// SPDX-License-Identifier: MIT
// Whether the configurations notice: each memory order weakened by a step, each fence and each store left out, each
// wake-up dropped. What nobody notices has to be on a list with its reason, or is not needed.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <shm/layout/sync_bodies.hpp>
#include <string>
#include <utility>
#include <vector>

#include "model/cases.hpp"
#include "model/machine.hpp"
#include "model/survivors.hpp"

namespace shm::model {
namespace {

using enum std::memory_order;

/// Longer configurations are left to the others that notice.
constexpr std::uint64_t kMostExecutions = 1'700'000;

constexpr const char* name_of(std::memory_order order) {
  switch (order) {
    case relaxed:
      return "relaxed";
    case acquire:
      return "acquire";
    case release:
      return "release";
    case acq_rel:
      return "acq_rel";
    case seq_cst:
      return "seq_cst";
    default:
      return "consume";
  }
}

std::vector<std::memory_order> weaker(std::memory_order order, std::uint8_t uses) {
  const bool is_both = (uses & (used_to_change | used_as_fence)) != 0;
  switch (order) {
    case seq_cst:
      if (is_both) return {acq_rel};
      return {(uses & used_to_load) != 0 ? acquire : release};
    case acq_rel:
      return {acquire, release};
    case acquire:
    case release:
      return {relaxed};
    default:
      return {};
  }
}

struct Measured {
  Case one;
  Report report;
  std::array<std::uint8_t, kSites> uses;
};

/// The configurations as they are, the short ones first.
const std::vector<Measured>& baseline() {
  static const std::vector<Measured> measured = [] {
    std::vector<Measured> result;
    for (const Case& one : all_cases()) {
      if (one.executions > kMostExecutions) continue;
      sites = {};
      const Report report = one.run(one.settings);
      result.push_back({one, report, sites.uses});
    }
    std::ranges::sort(result, {}, [](const Measured& each) { return each.report.executions; });
    return result;
  }();
  return measured;
}

/// returns  the configuration that notices what has been changed about the site; empty if none does
std::string noticed_by(std::size_t site, const Sites& changed) {
  for (const Measured& each : baseline()) {
    if (each.uses[site] == 0) continue;
    sites = changed;
    const bool is_noticed = !each.one.run(each.one.settings).is_clean();
    sites = {};
    if (is_noticed) return each.one.name;
  }
  return {};
}

std::uint8_t uses_of(std::size_t site) {
  std::uint8_t uses = 0;
  for (const Measured& each : baseline()) uses |= each.uses[site];
  return uses;
}

class Mutants {
 public:
  void check(const std::string& mutant, std::size_t site, const Sites& changed) {
    ++count_;
    const std::string by = noticed_by(site, changed);
    const Survivor* const listed = find(mutant);
    if (!by.empty()) {
      EXPECT_EQ(listed, nullptr) << mutant << " is on the list of survivors, but noticed by " << by;
    } else {
      EXPECT_NE(listed, nullptr) << mutant << " is noticed by nobody";
      ++survivors_;
    }
  }
  void report() const { (void)std::printf("%d mutants, %d of them survive for a known reason\n", count_, survivors_); }

 private:
  static const Survivor* find(const std::string& mutant) {
    const auto* const found = std::ranges::find(kSurvivors, mutant, [](const Survivor& each) { return each.mutant; });
    return found == std::end(kSurvivors) ? nullptr : found;
  }
  int count_ = 0;
  int survivors_ = 0;
};

TEST(Mutants, every_site_is_used) {
  for (std::size_t site = 0; site < kSites; ++site) EXPECT_NE(uses_of(site), 0) << kSiteNames[site];
}

TEST(Mutants, every_weaker_order_is_noticed) {
  Mutants mutants;
  for (std::size_t site = 0; site < kSites; ++site) {
    for (const std::memory_order order : weaker(sync::kSiteOrders[site], uses_of(site))) {
      Sites changed;
      changed.orders[site] = order;
      mutants.check(std::string(kSiteNames[site]) + ": " + name_of(order), site, changed);
    }
  }
  mutants.report();
}

TEST(Mutants, every_missing_store_is_noticed) {
  Mutants mutants;
  for (std::size_t site = 0; site < kSites; ++site) {
    const std::uint8_t uses = uses_of(site);
    if ((uses & (used_to_store | used_to_add)) == 0) continue;
    Sites changed;
    changed.mutations[site].is_skipped = true;
    mutants.check(std::string(kSiteNames[site]) + ": left out", site, changed);
  }
  mutants.report();
}

TEST(Mutants, every_missing_mark_is_noticed) {
  Mutants mutants;
  const auto without = [&](Site site, std::uint32_t bits, const char* what) {
    Sites changed;
    changed.mutations[static_cast<std::size_t>(site)].never_written = bits;
    mutants.check(std::string(kSiteNames[static_cast<std::size_t>(site)]) + ": " + what, static_cast<std::size_t>(site),
                  changed);
  };
  using layout::kSuspect, layout::kWaiters;
  without(Site::mutex_take, kWaiters, "without waiters");
  without(Site::mutex_take, kSuspect, "without suspect");
  without(Site::mutex_steal, kWaiters, "without waiters");
  without(Site::mutex_steal, kSuspect, "without suspect");
  without(Site::mutex_announce, kWaiters, "without waiters");
  without(Site::mutex_release, kSuspect, "without suspect");
  without(Site::writer_take, kWaiters, "without waiters");
  without(Site::writer_take, kSuspect, "without suspect");
  without(Site::writer_steal, kSuspect, "without suspect");
  without(Site::reader_steal, kSuspect, "without suspect");
  without(Site::reader_announce, kWaiters, "without waiters");
  without(Site::reader_hand_back, kSuspect, "without suspect");
  mutants.report();
}

TEST(Mutants, every_dropped_wake_up_is_noticed) {
  for (const Measured& each : baseline()) {
    if (each.one.settings.has_slices) continue;  // which make up for it
    for (std::size_t word = 0; word < each.report.wakes.size(); ++word) {
      if (!each.report.wakes[word]) continue;
      Settings settings = each.one.settings;
      settings.wakes_dropped = static_cast<int>(4 * word);
      EXPECT_FALSE(each.one.run(settings).is_clean()) << each.one.name << ", word at " << 4 * word;
    }
  }
}

}  // namespace
}  // namespace shm::model
