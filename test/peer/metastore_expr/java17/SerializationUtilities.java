package org.apache.hadoop.hive.ql.exec;

import org.apache.hive.com.esotericsoftware.kryo.Kryo;
import org.apache.hive.com.esotericsoftware.kryo.Serializer;
import org.apache.hive.com.esotericsoftware.kryo.io.Input;
import org.apache.hive.com.esotericsoftware.kryo.io.Output;

/** 3.1.3's serialiser of sublists asks for a field that Java 17 no longer has. None of our expressions holds a sublist; only this nested class is used. */
class SerializationUtilities {
  static class ArrayListSubListSerializer extends Serializer<Object> {
    public ArrayListSubListSerializer() { }
    @Override public void write(Kryo kryo, Output output, Object o) { throw new UnsupportedOperationException(); }
    @Override public Object read(Kryo kryo, Input input, Class<Object> type) { throw new UnsupportedOperationException(); }
  }
}
