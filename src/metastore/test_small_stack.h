// For tests: runs code on a stack as small as that of a connection's thread, where recursion that follows a client's text would end.
#pragma once

#include <gtest/gtest.h>
#include <pthread.h>

#include <functional>

#include "metastore/server.h"

namespace tarn::metastore {

inline void OnSmallStack(std::function<void()> f) {
  pthread_attr_t attributes;
  ::pthread_attr_init(&attributes);
  ::pthread_attr_setstacksize(&attributes, Server::kThreadStackBytes);
  pthread_t thread;
  auto run = [](void* p) -> void* {
    (*static_cast<std::function<void()>*>(p))();
    return nullptr;
  };
  int e = ::pthread_create(&thread, &attributes, run, &f);
  ::pthread_attr_destroy(&attributes);
  ASSERT_EQ(e, 0);
  ::pthread_join(thread, nullptr);
}

}  // namespace tarn::metastore
