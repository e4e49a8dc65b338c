"""The page of a run: one file that needs no network. `svg` draws, `page` puts it together. Pure."""
