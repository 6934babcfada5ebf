"""The command line `hinomi`, for people and for builds."""
