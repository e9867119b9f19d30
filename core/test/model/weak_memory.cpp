// SPDX-License-Identifier: MIT
#include "model/weak_memory.hpp"

namespace shm::model {

void WeakMemory::reset() {
  count_.fill(0);
  threads_.fill({});
  total_ = {};
}

void WeakMemory::begin(int location, std::uint32_t value) {
  stores_[index(location)][0] = {value, {}};
  count_[index(location)] = 1;
}

void WeakMemory::see(Thread& thread, int location, int number, std::memory_order order) {
  const Store& seen = stores_[index(location)][index(number)];
  thread.current[location] = std::max(thread.current[location], static_cast<std::int16_t>(number));
  thread.acquired.join(seen.view);
  if (acquires(order)) thread.current.join(seen.view);
  if (order == std::memory_order_seq_cst) {
    total_[location] = std::max(total_[location], static_cast<std::int16_t>(number));
  }
}

std::uint32_t WeakMemory::load(int thread, int location, std::memory_order order, Choices& choices) {
  Thread& reader = threads_[index(thread)];
  int oldest = reader.current[location];
  if (order == std::memory_order_seq_cst) oldest = std::max<int>(oldest, total_[location]);
  const int newest = count_[index(location)] - 1;
  const int number = newest - choices.choose(newest - oldest + 1);
  see(reader, location, number, order);
  return stores_[index(location)][index(number)].value;
}

void WeakMemory::append(Thread& thread, int location, std::uint32_t value, std::memory_order order,
                        const View* continued) {
  const int number = count_[index(location)]++;
  thread.current[location] = static_cast<std::int16_t>(number);
  Store& made = stores_[index(location)][index(number)];
  made.value = value;
  made.view = releases(order) ? thread.current : thread.released;
  made.view[location] = static_cast<std::int16_t>(number);
  if (continued != nullptr) made.view.join(*continued);
  if (order == std::memory_order_seq_cst) total_[location] = static_cast<std::int16_t>(number);
}

void WeakMemory::store(int thread, int location, std::uint32_t value, std::memory_order order) {
  append(threads_[index(thread)], location, value, order, nullptr);
}

std::uint32_t WeakMemory::read_last(int thread, int location, std::memory_order order) {
  const int number = count_[index(location)] - 1;
  see(threads_[index(thread)], location, number, order);
  return stores_[index(location)][index(number)].value;
}

void WeakMemory::write_next(int thread, int location, std::uint32_t value, std::memory_order order) {
  const int number = count_[index(location)] - 1;
  append(threads_[index(thread)], location, value, order, &stores_[index(location)][index(number)].view);
}

void WeakMemory::fence(int thread, std::memory_order order) {
  Thread& fencing = threads_[index(thread)];
  if (acquires(order)) fencing.current.join(fencing.acquired);
  if (order == std::memory_order_seq_cst) {
    fencing.current.join(total_);
    total_ = fencing.current;
    for (int other = 0; other < kMaxThreads; ++other) total_.accesses_of(other) = 0;
  }
  if (releases(order)) fencing.released = fencing.current;
}

void WeakMemory::join(int to, int from) { threads_[index(to)].current.join(threads_[index(from)].current); }

void WeakMemory::see_as(int to, int from, int location) {
  std::int16_t& known = threads_[index(to)].current[location];
  known = std::max(known, threads_[index(from)].current[location]);
}

std::uint32_t WeakMemory::last(int thread, int location) {
  threads_[index(thread)].current[location] = static_cast<std::int16_t>(count_[index(location)] - 1);
  return last(location);
}

std::uint32_t WeakMemory::last(int location) const {
  return stores_[index(location)][index(count_[index(location)] - 1)].value;
}

}  // namespace shm::model
