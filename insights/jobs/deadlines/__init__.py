"""When jobs usually end, which runs will end later, and which upstream runs delay them."""
