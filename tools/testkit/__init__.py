"""What tools/sqltest is made of: dialect (the .test files), gateway (the protocol), servers (Tarn, Flink), run, record."""
