"""Addresses of questions to the network, below /questions/."""

from django.urls import path

from network.views import answers, questions

urlpatterns = [
    path("", questions.question_list, name="question_list"),
    path("ask/", questions.question_ask, name="question_ask"),
    path("<slug:slug>/", questions.question_detail, name="question_detail"),
    path("<slug:slug>/edit/", questions.question_edit, name="question_edit"),
    path("<slug:slug>/releases/<int:pk>/", questions.question_release, name="question_release"),
    path("<slug:slug>/answer/", answers.question_answer, name="question_answer"),
    path("<slug:slug>/draft/", answers.question_draft, name="question_draft"),
    path("<slug:slug>/presence/", answers.question_presence, name="question_presence"),
    path("<slug:slug>/review/", answers.question_review, name="question_review"),
    path("<slug:slug>/receipt/", answers.question_receipt, name="question_receipt"),
    path("<slug:slug>/receipt/<int:number>/", answers.question_receipt, name="question_submission"),
    path("<slug:slug>/summary/", questions.question_summary, name="question_summary"),
]
