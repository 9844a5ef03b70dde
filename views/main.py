import streamlit as st
st.title("Thalweg")
