// The store that unit tests run on: SQLite, or the database whose address is in TARN_TEST_STORE (postgresql://... or mysql://...,
// a user who may create databases). Each test gets an empty one.
#pragma once

#include <cstdlib>
#include <string>

#include "base/check.h"
#include "base/text.h"
#include "metastore/store/sql.h"

namespace tarn::metastore {

class TestStore {
 public:
  TestStore() {
    const char* address = std::getenv("TARN_TEST_STORE");
    if (!address || !*address) return;
    base_ = address;
    name_ = "tarn_test_" + RandomHex32().substr(0, 12);
    Run("CREATE DATABASE " + name_);
    size_t query = base_.find('?');
    std::string tail = query == std::string::npos ? "" : base_.substr(query), head = base_.substr(0, query);
    address_ = head.substr(0, head.rfind('/') + 1) + name_ + tail;
  }
  ~TestStore() {
    if (!base_.empty()) Run("DROP DATABASE " + name_ + (postgres() ? " WITH (FORCE)" : ""));
  }
  TestStore(const TestStore&) = delete;
  TestStore& operator=(const TestStore&) = delete;
  const std::string& address() const { return address_; }   // empty: SQLite
  bool shared() const { return !base_.empty(); }
  bool postgres() const { return base_.starts_with("postgres"); }

 private:
  void Run(const std::string& sql) {
    auto backend = MakeBackend(base_, "");
    TARN_CHECK(backend.ok(), backend.status().ToString().c_str());
    auto c = (*backend)->Open(true);
    TARN_CHECK(c.ok(), c.status().ToString().c_str());
    Status s = (*c)->Script(sql);
    TARN_CHECK(s.ok(), s.ToString().c_str());
  }
  std::string base_, name_, address_;
};

}  // namespace tarn::metastore
