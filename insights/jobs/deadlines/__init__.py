"""By when jobs usually end, which runs will end later, and which upstream runs hold them up."""
