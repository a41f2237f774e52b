// A scheduler policy for CAF's coordinator: work stealing whose idle workers sleep until somebody has work.
//
// CAF's own stealing polls (50 us, later 10 ms), which a remote call waits for; its sharing policy wakes at
// once but sends every local message through one lock. Here each worker has a queue, outside threads have
// one of their own, and a sleeping worker is woken by the post that needs it.
//
// No wake-up is lost: a worker counts itself parked, then searches every queue once more, then sleeps; a
// producer queues its job, then looks for parked workers. Both put a sequentially consistent fence between
// their two steps, so at least one of them sees the other.
//
// A job that used up what it may do at once goes behind everybody's, to the queue of outside threads: whatever else is
// to be done is begun before it goes on. Jobs that come from outside are looked at now and then although a worker's own
// never end, and often when they are many.
//
// A lone job queued by a worker for itself wakes nobody: a request and its reply stay on one core. Should
// that worker then be busy for long, the watcher (one sleeper that looks around every millisecond while
// anything runs) takes the job over. Others are woken before the watcher, so that it stays at its post.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <utility>
#include <vector>

#include <caf/logger.hpp>
#include <caf/policy/unprofiled.hpp>
#include <caf/resumable.hpp>
#include <caf/scheduler/abstract_coordinator.hpp>

#include "troupe/duration.h"

namespace troupe::engine {

class ParkingPolicy : public caf::policy::unprofiled {
 public:
  using Job = caf::resumable;

  // A locked queue whose emptiness can be asked without the lock.
  class Queue {
   public:
    // Returns the new length.
    std::size_t push(Job* job) {
      std::lock_guard lock(mutex_);
      jobs_.push_back(job);
      size_.store(jobs_.size(), std::memory_order_seq_cst);
      return jobs_.size();
    }
    Job* pop() {
      if (empty()) return nullptr;
      std::lock_guard lock(mutex_);
      if (jobs_.empty()) return nullptr;
      Job* job = jobs_.front();
      jobs_.pop_front();
      size_.store(jobs_.size(), std::memory_order_seq_cst);
      return job;
    }
    [[nodiscard]] bool empty() const { return size() == 0; }
    [[nodiscard]] std::size_t size() const { return size_.load(std::memory_order_seq_cst); }

   private:
    std::mutex mutex_;
    std::deque<Job*> jobs_;
    std::atomic<std::size_t> size_{0};
  };

  // Where one worker sleeps. Guarded by coordinator_data::mutex. One waiter per condition variable: glibc before
  // 2.41 may lose a signal among several (its bug 25847).
  struct Bed {
    std::condition_variable wake;
    bool woken = false;
  };

  struct coordinator_data {
    explicit coordinator_data(caf::scheduler::abstract_coordinator*) {}
    Queue outside;               // jobs from threads that are no workers
    std::atomic<int> parked{0};  // sleepers and watcher
    std::atomic<int> searching{0};
    std::atomic<bool> watched{false};
    std::mutex mutex;
    std::vector<Bed*> sleepers;  // woken last in, first out
    Bed* watcher = nullptr;
  };

  struct worker_data {
    explicit worker_data(caf::scheduler::abstract_coordinator*) {}
    worker_data(const worker_data&) {}
    Queue queue;
    Bed bed;
    std::atomic<std::uint32_t> ran{0};
  };

  template <class Coordinator>
  void central_enqueue(Coordinator* c, Job* job) {
    d(c).outside.push(job);
    wake_one(c);
  }
  template <class Worker>
  void external_enqueue(Worker* w, Job* job) {
    central_enqueue(w->parent(), job);
  }
  template <class Worker>
  void internal_enqueue(Worker* w, Job* job) {
    auto& g = d(w->parent());
    const bool alone = d(w).queue.push(job) == 1;
    // With nobody on watch, one is called for it.
    if (!alone || !g.watched.load(std::memory_order_relaxed)) wake_one(w->parent());
  }
  template <class Worker>
  void resume_job_later(Worker* w, Job* job) {
    auto& g = d(w->parent());
    const bool alone = g.outside.push(job) == 1 && d(w).queue.empty();
    if (!alone || !g.watched.load(std::memory_order_relaxed)) wake_one(w->parent());
  }

  template <class Worker>
  Job* dequeue(Worker* w) {
    auto& mine = d(w);
    const auto ran = mine.ran.load(std::memory_order_relaxed) + 1;
    // Nothing is logged; what CAF's own code would say is not even looked at.
    if (ran == 1) caf::logger::set_current_actor_system(nullptr);
    mine.ran.store(ran, std::memory_order_relaxed);
    // Now and then the outside comes first, or a busy worker would never look.
    if (ran % kLookOutside == 0) {
      auto& outside = d(w->parent()).outside;
      if (ran % kOutsideFirst == 0 || outside.size() > kCrowd) {
        if (Job* job = outside.pop()) return job;
      }
    }
    if (Job* job = mine.queue.pop()) return job;
    for (;;) {
      if (Job* job = search_awhile(w)) return job;
      if (Job* job = park(w)) return job;
    }
  }

  template <class Worker, class F>
  void foreach_resumable(Worker* w, F f) {
    while (Job* job = d(w).queue.pop()) f(job);
  }
  template <class Coordinator, class F>
  void foreach_central_resumable(Coordinator* c, F f) {
    while (Job* job = d(c).outside.pop()) f(job);
  }

 private:
  static constexpr std::uint32_t kLookOutside = 8;
  static constexpr std::uint32_t kOutsideFirst = 64;
  static constexpr std::size_t kCrowd = 8;  // then every look takes one
  static constexpr std::chrono::milliseconds kWatch{1};
  static constexpr int kQuietRounds = 200;  // then the watcher sleeps too

  template <class Coordinator>
  void wake_one(Coordinator* c) {
    auto& g = d(c);
    std::atomic_thread_fence(std::memory_order_seq_cst);
    if (g.parked.load(std::memory_order_seq_cst) == 0) return;
    if (g.searching.load(std::memory_order_seq_cst) > 0) return;  // it will find the job, or look again parked
    wake(g);
  }

  // Wakes one parked worker, the watcher last. Each wake-up goes to one worker by name.
  static void wake(coordinator_data& g) {
    Bed* bed = nullptr;
    {
      std::lock_guard lock(g.mutex);
      if (!g.sleepers.empty()) {
        bed = g.sleepers.back();
        g.sleepers.pop_back();
      } else if (g.watcher) {
        bed = std::exchange(g.watcher, nullptr);
        g.watched.store(false, std::memory_order_seq_cst);
      } else {
        return;
      }
      bed->woken = true;
      g.parked.fetch_sub(1, std::memory_order_seq_cst);
    }
    bed->wake.notify_one();
  }

  // Any job, from the outside or from another worker.
  template <class Worker>
  Job* search(Worker* w) {
    auto c = w->parent();
    if (Job* job = d(c).outside.pop()) return job;
    for (std::size_t i = 0; i < c->num_workers(); ++i) {
      auto victim = c->worker_by_id((w->id() + i) % c->num_workers());
      if (Job* job = d(victim).queue.pop()) return job;
    }
    return nullptr;
  }

  template <class Worker>
  Job* search_awhile(Worker* w) {
    auto c = w->parent();
    auto& g = d(c);
    g.searching.fetch_add(1, std::memory_order_seq_cst);
    Job* job = search(w);
    for (int pause = 0; !job && pause < 16; ++pause) __builtin_ia32_pause();
    if (!job) job = search(w);
    g.searching.fetch_sub(1, std::memory_order_seq_cst);
    if (job) pass_on(c);
    return job;
  }

  // Having found a job: producers may have counted on this searcher for more than one.
  template <class Coordinator>
  void pass_on(Coordinator* c) {
    auto& g = d(c);
    if (g.parked.load(std::memory_order_seq_cst) == 0) return;
    bool more = !g.outside.empty();
    for (std::size_t i = 0; !more && i < c->num_workers(); ++i) more = !d(c->worker_by_id(i)).queue.empty();
    if (more) wake_one(c);
  }

  // Null: woken, so look again.
  template <class Worker>
  Job* park(Worker* w) {
    auto c = w->parent();
    auto& g = d(c);
    Bed& bed = d(w).bed;
    lie_down(bed, g);
    std::atomic_thread_fence(std::memory_order_seq_cst);
    Job* job = search(w);
    if (job) {
      std::lock_guard lock(g.mutex);
      get_up(bed, g);
    } else {
      job = sleep(w, bed, g);
    }
    if (job) pass_on(c);
    return job;
  }

  static void lie_down(Bed& bed, coordinator_data& g) {
    std::lock_guard lock(g.mutex);
    if (!g.watcher) {
      g.watcher = &bed;
      g.watched.store(true, std::memory_order_seq_cst);
    } else {
      g.sleepers.push_back(&bed);
    }
    g.parked.fetch_add(1, std::memory_order_seq_cst);
  }

  // Under the lock: off the list on one's own, or with the wake-up that came meanwhile. The job that wake-up was
  // for is still queued; pass_on() looks after it.
  static void get_up(Bed& bed, coordinator_data& g) {
    if (std::exchange(bed.woken, false)) return;
    if (g.watcher == &bed) {
      g.watcher = nullptr;
      g.watched.store(false, std::memory_order_seq_cst);
    } else {
      std::erase(g.sleepers, &bed);
    }
    g.parked.fetch_sub(1, std::memory_order_seq_cst);
  }

  // Until woken. The watcher looks around every millisecond and may return with a job it saw lying about; when
  // nothing has run for a while it becomes a sleeper.
  template <class Worker>
  Job* sleep(Worker* w, Bed& bed, coordinator_data& g) {
    int quiet = 0;
    std::uint32_t ran_before = total_ran(w->parent());
    std::unique_lock lock(g.mutex);
    while (!bed.woken) {
      if (g.watcher != &bed) {
        bed.wake.wait(lock);
        continue;
      }
      if (bed.wake.wait_until(lock, later(std::chrono::steady_clock::now(), kWatch)) == std::cv_status::no_timeout ||
          bed.woken)
        continue;
      lock.unlock();
      Job* job = search(w);
      const std::uint32_t ran = total_ran(w->parent());
      lock.lock();
      if (job) {
        get_up(bed, g);
        return job;
      }
      quiet = ran == ran_before ? quiet + 1 : 0;
      ran_before = ran;
      if (quiet >= kQuietRounds && g.watcher == &bed) {
        g.watcher = nullptr;
        g.watched.store(false, std::memory_order_seq_cst);
        g.sleepers.push_back(&bed);
      }
    }
    bed.woken = false;
    return nullptr;
  }

  template <class Coordinator>
  std::uint32_t total_ran(Coordinator* c) {
    std::uint32_t sum = 0;
    for (std::size_t i = 0; i < c->num_workers(); ++i) sum += d(c->worker_by_id(i)).ran.load(std::memory_order_relaxed);
    return sum;
  }
};

}  // namespace troupe::engine
