"""Each file is a page: it reads, and has the views draw.

The folder is not called `pages`: Streamlit takes a folder of that name beside the entry file for pages of its own, and
whoever opened one of them by its link before anybody opened the first page got it without its frame.
"""
